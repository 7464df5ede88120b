#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "quantum/detail/stage/cell.hpp"
#include "quantum/detail/stage/out_port.hpp"
#include "quantum/detail/stage/subscription.hpp"

namespace quantum::detail {

/// Unique in the process: a stage may be subscribed to and monitored by those of other systems.
[[nodiscard]] std::uint64_t next_id();
[[nodiscard]] SubscriptionId next_subscription_id();

// The messages between the two ports of a subscription. There is one sender and one receiver in
// each direction, so that a subscription, its demand, its events and its end arrive in order.

template <class Event>
struct SubscribeMessage final : Message {
    SubscribeMessage(SubscriptionId i, std::shared_ptr<StageCell> c, SubscriptionOptions<Event> o)
        : id(i), consumer(std::move(c)), options(std::move(o)) {}
    void deliver(StageCell& receiver) override {
        static_cast<OutPort<Event>*>(receiver.out_port())->subscribe(id, consumer, options);
    }
    void refused(const StopReason& reason) override {
        consumer->send<CancelledMessage<Event>>(id, CancelReason{true, reason});
    }
    SubscriptionId id;
    std::shared_ptr<StageCell> consumer;
    SubscriptionOptions<Event> options;
};

template <class Event>
struct AskMessage final : Message {
    AskMessage(SubscriptionId i, std::size_t n) : id(i), count(n) {}
    void deliver(StageCell& receiver) override {
        static_cast<OutPort<Event>*>(receiver.out_port())->ask(id, count);
    }
    SubscriptionId id;
    std::size_t count;
};

/// From a producer to itself.
template <class Event>
struct RefreshMessage final : Message {
    void deliver(StageCell& receiver) override {
        static_cast<OutPort<Event>*>(receiver.out_port())->refresh();
    }
};

/// From the consumer to the producer: it cancels, or is gone.
template <class Event>
struct CancelMessage final : Message {
    CancelMessage(SubscriptionId i, CancelReason r) : id(i), reason(std::move(r)) {}
    void deliver(StageCell& receiver) override {
        static_cast<OutPort<Event>*>(receiver.out_port())->cancel(id, reason);
    }
    SubscriptionId id;
    CancelReason reason;
};

template <class Event>
struct EventsMessage final : Message {
    EventsMessage(SubscriptionId i, std::vector<Event> e) : id(i), events(std::move(e)) {}
    void deliver(StageCell& receiver) override {
        static_cast<InPort<Event>*>(receiver.in_port())->receive(id, std::move(events));
    }
    SubscriptionId id;
    std::vector<Event> events;
};

/// From the producer to the consumer: the subscription is over.
template <class Event>
struct CancelledMessage final : Message {
    CancelledMessage(SubscriptionId i, CancelReason r) : id(i), reason(std::move(r)) {}
    void deliver(StageCell& receiver) override {
        static_cast<InPort<Event>*>(receiver.in_port())->cancelled(id, std::move(reason));
    }
    SubscriptionId id;
    CancelReason reason;
};

/// What an InPort needs from its stage.
template <class In>
class InPortHost {
public:
    virtual DemandMode on_subscribed(const Subscription& producer) = 0;
    virtual void on_events(std::vector<In> events, const Subscription& producer) = 0;
    virtual void on_cancelled(const Subscription& producer, const CancelReason& reason) = 0;
    /// How many events may be handled now.
    [[nodiscard]] virtual std::size_t allowance() const = 0;
    /// True: events count as handled when `acknowledge` is called, not when their handler returns.
    [[nodiscard]] virtual bool acknowledges_later() const { return false; }
    /// The end of a producer stops the stage: at once, or when its own events have been sent.
    virtual void stop_with(const StopReason& reason) = 0;

protected:
    InPortHost() = default;
    InPortHost(const InPortHost&) = default;
    InPortHost& operator=(const InPortHost&) = default;
    ~InPortHost() = default;
};

/// The consuming side of a stage: its producers, the demand sent to each, and unhandled events.
/// Used only on the stage's turns.
template <class In>
class InPort {
public:
    InPort(StageCell& cell, InPortHost<In>& host) : cell_(cell), host_(host) {}
    InPort(const InPort&) = delete;
    InPort& operator=(const InPort&) = delete;

    /// A missing producer or invalid options end the subscription at once, as if the producer had
    /// rejected it.
    SubscriptionId subscribe(const std::shared_ptr<StageCell>& producer,
                             const SubscriptionOptions<In>& options) {
        const SubscriptionId id = next_subscription_id();
        const Subscription subscription{id, StageHandle(producer)};
        producers_.push_back({subscription, options.max_demand,
                              options.min_demand.value_or(options.max_demand / 2), 0, options.mode,
                              options.cancel});
        std::optional<CancelReason> refusal;
        if (!producer) {
            refusal = CancelReason{true, StopReason::not_running()};
        } else if (Status sound = options.check(); !sound) {
            refusal = CancelReason{false, StopReason::error(std::move(sound).error().message)};
        }
        if (refusal) {
            cell_.template send<CancelledMessage<In>>(id, *std::move(refusal));
            return id;
        }
        producer->template send<SubscribeMessage<In>>(id, cell_.shared_from_this(), options);
        const DemandMode mode = host_.on_subscribed(subscription);
        if (Producer* added = find(id)) {
            if (mode == DemandMode::manual) added->mode = DemandMode::manual;
            if (added->mode == DemandMode::automatic) {
                added->pending = added->max;
                ask(subscription, added->max);
            }
        }
        return id;
    }

    void ask(const Subscription& producer, std::size_t count) {
        if (producer.peer) producer.peer.cell()->template send<AskMessage<In>>(producer.id, count);
    }

    /// The producer replies with `cancelled`, after the events it has already sent.
    void cancel(const Subscription& producer, const StopReason& reason) {
        if (producer.peer) {
            producer.peer.cell()->template send<CancelMessage<In>>(producer.id,
                                                                   CancelReason{false, reason});
        }
    }

    void cancel_id(SubscriptionId id, const StopReason& reason) {
        if (const Producer* found = find(id)) cancel(found->subscription, reason);
    }

    /// The end of the old subscription, if there is one, does not stop the stage.
    SubscriptionId resubscribe(SubscriptionId old, const StopReason& reason,
                               const std::shared_ptr<StageCell>& producer,
                               const SubscriptionOptions<In>& options) {
        if (Producer* found = find(old)) {
            found->cancel = CancelMode::temporary;
            cancel(found->subscription, reason);
        }
        return subscribe(producer, options);
    }

    void cancel_all(const StopReason& reason) {
        const std::list<Producer> producers = std::exchange(producers_, {});
        for (const Producer& producer : producers) {
            if (!producer.subscription.peer) continue;
            producer.subscription.peer.cell()->template send<CancelMessage<In>>(
                producer.subscription.id, CancelReason{true, reason});
        }
    }

    void receive(SubscriptionId id, std::vector<In>&& events) {
        if (queue_.empty()) {
            // The common case: one batch, handled as a whole, never queued.
            Producer* from = find(id);
            const std::size_t slice = slice_of(from, events.size());
            if (slice == events.size()) {
                handle(id, from, std::move(events));
                return;
            }
        }
        queue_.push_back({id, std::move(events), 0, {}});
        drain();
    }

    void cancelled(SubscriptionId id, CancelReason reason) {
        run_behind_queue([this, id, reason = std::move(reason)] { end(id, reason); });
    }

    /// Runs `action` once the events that are now queued have been handled.
    void run_behind_queue(std::function<void()> action) {
        if (queue_.empty()) {
            action();
        } else {
            queue_.push_back({SubscriptionId{}, {}, 0, std::move(action)});
        }
    }

    /// Handles queued events, as far as the stage's own consumers allow.
    void drain() {
        while (!queue_.empty() && !cell_.is_stopping()) {
            Queued& front = queue_.front();
            if (front.action) {
                const auto action = std::move(front.action);
                queue_.pop_front();
                action();
                continue;
            }
            const std::size_t left = front.events.size() - front.handled;
            Producer* from = find(front.id);
            const std::size_t slice = slice_of(from, left);
            if (slice == 0) return;
            const SubscriptionId id = front.id;
            std::vector<In> batch;
            if (front.handled == 0 && slice == left) {
                batch = std::move(front.events);
                queue_.pop_front();
            } else {
                const auto first =
                    front.events.begin() + static_cast<std::ptrdiff_t>(front.handled);
                batch.assign(std::make_move_iterator(first),
                             std::make_move_iterator(first + static_cast<std::ptrdiff_t>(slice)));
                front.handled += slice;
                if (front.handled == front.events.size()) queue_.pop_front();
            }
            handle(id, from, std::move(batch));
        }
    }

    /// `count` events of a subscription have been handled: renews demand if it is time.
    void acknowledge(SubscriptionId id, std::size_t count) {
        if (Producer* still = find(id)) acknowledge(*still, count);
    }

    /// For a stage that restarts: events are kept, ends of subscriptions it no longer has are not.
    void forget_actions() {
        std::erase_if(queue_, [](const Queued& queued) { return queued.action != nullptr; });
    }

    void clear() { queue_.clear(); }

private:
    struct Producer {
        Subscription subscription;
        std::size_t max;
        std::size_t min;
        std::size_t pending;  // requested but not yet handled, in automatic mode
        DemandMode mode;
        CancelMode cancel;
    };
    struct Queued {
        SubscriptionId id;
        std::vector<In> events;
        std::size_t handled;
        std::function<void()> action;  // instead of events
    };

    typename std::list<Producer>::iterator locate(SubscriptionId id) {
        return std::find_if(producers_.begin(), producers_.end(),
                            [id](const Producer& p) { return p.subscription.id == id; });
    }
    Producer* find(SubscriptionId id) {
        const auto found = locate(id);
        return found == producers_.end() ? nullptr : &*found;
    }

    /// How many of `count` events may be handled at once, such that demand is renewed in time and
    /// the demand of the stage's own consumers is not exceeded.
    std::size_t slice_of(const Producer* from, std::size_t count) {
        if (from != nullptr && from->mode == DemandMode::automatic) {
            count = std::min(count, from->max - from->min);
        }
        return std::min(count, host_.allowance());
    }

    /// `from` remains valid: subscriptions end by messages, never inside a handler of events.
    void handle(SubscriptionId id, Producer* from, std::vector<In>&& events) {
        const std::size_t count = events.size();
        if (from == nullptr) {  // from an earlier life
            host_.on_events(std::move(events), Subscription{id, {}});
            return;
        }
        host_.on_events(std::move(events), from->subscription);
        if (!host_.acknowledges_later()) acknowledge(*from, count);
    }

    void acknowledge(Producer& from, std::size_t count) {
        if (from.mode == DemandMode::manual || cell_.is_stopping()) return;
        from.pending -= std::min(from.pending, count);
        if (from.pending > from.min) return;
        const std::size_t wanted = from.max - from.pending;
        from.pending = from.max;
        ask(from.subscription, wanted);
    }

    void end(SubscriptionId id, const CancelReason& reason) {
        const auto found = locate(id);
        if (found == producers_.end()) return;
        const Producer producer = std::move(*found);
        producers_.erase(found);
        host_.on_cancelled(producer.subscription, reason);
        const bool stops = producer.cancel == CancelMode::permanent ||
                           (producer.cancel == CancelMode::transient && reason.reason.is_error());
        if (stops && !cell_.is_stopping()) host_.stop_with(reason.reason);
    }

    StageCell& cell_;
    InPortHost<In>& host_;
    std::list<Producer> producers_;  // stable while others are added and removed
    std::list<Queued> queue_;
};

}  // namespace quantum::detail
