#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "quantum/detail/stage/buffer.hpp"
#include "quantum/detail/stage/cell.hpp"
#include "quantum/detail/stage/in_port_base.hpp"
#include "quantum/detail/stage/out_port.hpp"
#include "quantum/detail/stage/subscription.hpp"

namespace quantum::detail {

/// Unique in the process: a stage may be subscribed to and monitored by those of other systems.
[[nodiscard]] std::uint64_t next_id();
[[nodiscard]] SubscriptionId next_subscription_id();

template <class Event>
class InPort;

// The messages between the two ports of a subscription that know its events; the others are in the
// library. There is one sender and one receiver in each direction, so that a subscription, its
// demand, its events and its end arrive in order.

template <class Event>
struct SubscribeMessage final : Message {
    SubscribeMessage(SubscriptionId i, std::shared_ptr<StageCell> c, SubscriptionOptions<Event> o)
        : id(i), consumer(std::move(c)), options(std::move(o)) {}
    void deliver(StageCell& receiver) override {
        static_cast<OutPort<Event>*>(receiver.out_port())->subscribe(id, consumer, options);
    }
    void refused(const StopReason& reason) override { refuse_subscription(id, *consumer, reason); }
    SubscriptionId id;
    std::shared_ptr<StageCell> consumer;
    SubscriptionOptions<Event> options;
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

/// What an InPort needs from its stage.
template <class In>
class InPortHost : public InPortHostBase {
public:
    virtual void on_events(std::vector<In> events, const Subscription& producer) = 0;

protected:
    InPortHost() = default;
    InPortHost(const InPortHost&) = default;
    InPortHost& operator=(const InPortHost&) = default;
    ~InPortHost() = default;
};

/// The consuming side of a stage: its producers, the demand sent to each, and unhandled events.
/// Used only on the stage's turns.
template <class In>
class InPort final : public InPortBase {
public:
    InPort(StageCell& cell, InPortHost<In>& host) : InPortBase(cell, host), host_(host) {}
    InPort(const InPort&) = delete;
    InPort& operator=(const InPort&) = delete;
    ~InPort() = default;

    /// A missing producer or invalid options end the subscription at once, as if the producer had
    /// rejected it.
    SubscriptionId subscribe(const std::shared_ptr<StageCell>& producer,
                             const SubscriptionOptions<In>& options) {
        const SubscriptionId id = next_subscription_id();
        const Subscription subscription{id, StageHandle(producer)};
        if (add({subscription, options.max_demand,
                 options.min_demand.value_or(options.max_demand / 2), 0, options.mode,
                 options.cancel},
                options.check())) {
            producer->template send<SubscribeMessage<In>>(id, cell().shared_from_this(), options);
            subscribed(subscription);
        }
        return id;
    }

    /// The end of the old subscription, if there is one, does not stop the stage.
    SubscriptionId resubscribe(SubscriptionId old, const StopReason& reason,
                               const std::shared_ptr<StageCell>& producer,
                               const SubscriptionOptions<In>& options) {
        give_up(old, reason);
        return subscribe(producer, options);
    }

    void receive(SubscriptionId id, std::vector<In>&& events) {
        if (queue_.empty()) {
            // The common case: one batch, handled as a whole, never queued.
            Producer* from = find(id);
            if (slice_of(from, events.size()) == events.size()) {
                handle(id, from, std::move(events));
                return;
            }
        }
        queue_.push_back({id, std::move(events), 0, {}});
        drain();
    }

    void run_behind_queue(std::function<void()> action) override {
        if (queue_.empty()) {
            action();
        } else {
            queue_.push_back({SubscriptionId{}, {}, 0, std::move(action)});
        }
    }

    /// Handles queued events, as far as the stage's own consumers allow.
    void drain() {
        while (!queue_.empty() && !cell().is_stopping()) {
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
                batch = moved_out(front.events, front.handled, slice);
                front.handled += slice;
                if (front.handled == front.events.size()) queue_.pop_front();
            }
            handle(id, from, std::move(batch));
        }
    }

    /// For a stage that restarts: events are kept, ends of subscriptions it no longer has are not.
    void forget_actions() {
        queue_.remove_if([](const Queued& queued) { return queued.action != nullptr; });
    }

    void clear() { queue_.clear(); }

private:
    struct Queued {
        SubscriptionId id;
        std::vector<In> events;
        std::size_t handled;
        std::function<void()> action;  // instead of events
    };

    /// `from` remains valid: subscriptions end by messages, never inside a handler of events.
    void handle(SubscriptionId id, Producer* from, std::vector<In>&& events) {
        const std::size_t count = events.size();
        if (from == nullptr) {  // from an earlier life
            host_.on_events(std::move(events), Subscription{id, {}});
            return;
        }
        host_.on_events(std::move(events), from->subscription);
        handled(*from, count);
    }

    InPortHost<In>& host_;
    std::list<Queued> queue_;
};

}  // namespace quantum::detail
