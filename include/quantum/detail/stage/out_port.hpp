#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "quantum/detail/stage/buffer.hpp"
#include "quantum/detail/stage/cell.hpp"
#include "quantum/detail/stage/dispatcher.hpp"
#include "quantum/detail/stage/subscription.hpp"

namespace quantum {

/// What a producing stage does with demand.
enum class DemandForwarding : std::uint8_t {
    forward,     ///< passes it to `handle_demand`
    accumulate,  ///< holds it until told to forward, to wait until all consumers have subscribed
};

namespace detail {

template <class Event>
class InPort;
template <class Event>
struct EventsMessage;
template <class Event>
struct CancelledMessage;
template <class Event>
struct RefreshMessage;

void log_discarded(const StageCell& cell, std::size_t count);

/// What an OutPort needs from its stage.
template <class Out>
class OutPortHost {
public:
    virtual void on_demand(std::size_t count) = 0;
    virtual void on_consumer(const Subscription& consumer) = 0;
    virtual void on_consumer_gone(const Subscription& consumer, const CancelReason& reason) = 0;
    virtual bool on_discarded(std::span<Out> events) = 0;

protected:
    OutPortHost() = default;
    OutPortHost(const OutPortHost&) = default;
    OutPortHost& operator=(const OutPortHost&) = default;
    ~OutPortHost() = default;
};

/// The producing side of a stage: consumers, demand, buffer. Used only on the stage's turns.
template <class Out>
class OutPort final : public Outlet<Out> {
public:
    OutPort(StageCell& cell, OutPortHost<Out>& host) : cell_(cell), host_(host) {}
    OutPort(const OutPort&) = delete;
    OutPort& operator=(const OutPort&) = delete;
    ~OutPort() = default;

    /// The dispatcher is set once; a restarted stage keeps it.
    void configure(const DispatcherFactory<Out>& dispatcher, std::optional<std::size_t> buffer_size,
                   BufferKeep keep, DemandForwarding forwarding) {
        if (!dispatcher) throw std::invalid_argument("options: no dispatcher");
        if (dispatcher_ == nullptr) dispatcher_ = dispatcher();
        buffer_.limit_to(buffer_size, keep);
        forwarding_ = forwarding;
    }

    void subscribe(SubscriptionId id, std::shared_ptr<StageCell> consumer,
                   const SubscriptionOptions<Out>& options);
    void ask(SubscriptionId id, std::size_t count);
    void cancel(SubscriptionId id, const CancelReason& reason);
    void cancel_all(const StopReason& reason);
    void emit(std::vector<Out> events);
    void set_forwarding(DemandForwarding forwarding);
    [[nodiscard]] DemandForwarding forwarding() const { return forwarding_; }
    void refresh();
    /// How many events the stage still owes.
    [[nodiscard]] std::size_t owed() const { return told_; }

    /// Runs `note` once everything emitted so far has been dispatched.
    void run_after_buffered(std::function<void()> note);
    [[nodiscard]] std::size_t buffered() const { return buffer_.size(); }
    [[nodiscard]] std::uint64_t discarded() const { return discarded_; }
    void drop_notes() { buffer_.drop_notes(); }
    void clear() {
        buffer_ = {};
        dispatcher_.reset();
    }
    void release_memory() {
        buffer_.release_memory();
        consumers_.shrink_to_fit();
        accumulated_.shrink_to_fit();
        if (dispatcher_ != nullptr) dispatcher_->release_memory();
    }

    // Outlet
    void send(SubscriptionId consumer, std::vector<Out> events) override;

private:
    struct Consumer {
        SubscriptionId id;
        std::shared_ptr<StageCell> cell;
    };

    Consumer* find(SubscriptionId id);
    void serve(std::size_t hint);
    void drain(std::size_t hint);
    void dispatch(std::vector<Out>& events);
    void run_notes();

    StageCell& cell_;
    OutPortHost<Out>& host_;
    std::unique_ptr<Dispatcher<Out>> dispatcher_;
    EventBuffer<Out> buffer_;
    std::vector<Consumer> consumers_;
    std::vector<std::pair<SubscriptionId, std::size_t>> accumulated_;
    DemandForwarding forwarding_ = DemandForwarding::forward;
    /// The number of events requested from the stage and not made yet. It is unchanged when the
    /// consumer that wanted them goes away: the next one's demand is then met without asking twice.
    std::size_t told_ = 0;
    bool refreshing_ = false;
    std::uint64_t discarded_ = 0;
};

template <class Out>
typename OutPort<Out>::Consumer* OutPort<Out>::find(SubscriptionId id) {
    const auto found = std::find_if(consumers_.begin(), consumers_.end(),
                                    [id](const Consumer& c) { return c.id == id; });
    return found == consumers_.end() ? nullptr : &*found;
}

template <class Out>
void OutPort<Out>::subscribe(SubscriptionId id, std::shared_ptr<StageCell> consumer,
                             const SubscriptionOptions<Out>& options) {
    if (Status accepted = dispatcher_->subscribe(id, options); !accepted) {
        consumer->send<CancelledMessage<Out>>(
            id, CancelReason{false, StopReason::error(std::move(accepted).error().message)});
        return;
    }
    const Subscription subscription{id, StageHandle(consumer)};
    consumers_.push_back({id, std::move(consumer)});
    host_.on_consumer(subscription);
    serve(0);  // a dispatcher may send without being asked
}

template <class Out>
void OutPort<Out>::ask(SubscriptionId id, std::size_t count) {
    if (count == 0 || find(id) == nullptr) return;  // cancelled in the meantime
    if (forwarding_ == DemandForwarding::accumulate) {
        accumulated_.emplace_back(id, count);
        return;
    }
    dispatcher_->ask(id, count, *this);
    serve(count);
}

template <class Out>
void OutPort<Out>::cancel(SubscriptionId id, const CancelReason& reason) {
    Consumer* found = find(id);
    if (found == nullptr) return;
    const Subscription subscription{id, StageHandle(found->cell)};
    consumers_.erase(consumers_.begin() + (found - consumers_.data()));
    std::erase_if(accumulated_, [id](const auto& asked) { return asked.first == id; });
    dispatcher_->cancel(id);
    if (!reason.down) subscription.peer.cell()->template send<CancelledMessage<Out>>(id, reason);
    host_.on_consumer_gone(subscription, reason);
    serve(0);  // everybody may have been waiting for it
}

template <class Out>
void OutPort<Out>::cancel_all(const StopReason& reason) {
    accumulated_.clear();
    const std::vector<Consumer> consumers = std::exchange(consumers_, {});
    for (const Consumer& consumer : consumers) {
        dispatcher_->cancel(consumer.id);
        consumer.cell->template send<CancelledMessage<Out>>(consumer.id,
                                                            CancelReason{true, reason});
    }
    told_ = 0;
}

template <class Out>
void OutPort<Out>::emit(std::vector<Out> events) {
    if (events.empty()) return;
    told_ -= std::min(told_, events.size());
    if (buffer_.empty()) dispatch(events);
    if (!events.empty()) {
        std::vector<Out> discarded = buffer_.append(std::move(events));
        if (!discarded.empty()) {
            discarded_ += discarded.size();
            if (host_.on_discarded(discarded)) log_discarded(cell_, discarded.size());
            run_notes();
        }
    }
    // Events that went nowhere (because of a selector or hash) have not met any demand: the
    // producer must be told of it again, but not within its own handler.
    if (!refreshing_ && forwarding_ == DemandForwarding::forward && dispatcher_->wanted() > told_) {
        refreshing_ = true;
        cell_.template send<RefreshMessage<Out>>();
    }
}

template <class Out>
void OutPort<Out>::refresh() {
    refreshing_ = false;
    serve(0);
}

template <class Out>
void OutPort<Out>::set_forwarding(DemandForwarding forwarding) {
    forwarding_ = forwarding;
    if (forwarding == DemandForwarding::accumulate) return;
    const auto accumulated = std::exchange(accumulated_, {});
    for (std::size_t i = 0; i < accumulated.size(); ++i) {
        if (cell_.is_stopping()) return;
        if (forwarding_ == DemandForwarding::accumulate) {  // changed by a handler
            accumulated_.insert(accumulated_.end(),
                                accumulated.begin() + static_cast<std::ptrdiff_t>(i),
                                accumulated.end());
            return;
        }
        ask(accumulated[i].first, accumulated[i].second);
    }
}

template <class Out>
void OutPort<Out>::run_after_buffered(std::function<void()> note) {
    buffer_.add_note(std::move(note));
    run_notes();
}

/// Demand has changed: sends buffered events and passes the remaining demand to the producer.
template <class Out>
void OutPort<Out>::serve(std::size_t hint) {
    if (!buffer_.empty()) drain(hint);
    run_notes();
    if (cell_.is_stopping() || forwarding_ == DemandForwarding::accumulate) return;
    const std::size_t wanted = dispatcher_->wanted();
    if (wanted <= told_) return;
    host_.on_demand(wanted - std::exchange(told_, wanted));
}

/// Passes buffered events to the dispatcher until it accepts no more. In slices, because events
/// that come back are expensive.
template <class Out>
void OutPort<Out>::drain(std::size_t hint) {
    const std::size_t slice = std::max<std::size_t>(hint, 64);
    while (!buffer_.empty()) {
        std::vector<Out> events = buffer_.take(slice);
        dispatch(events);
        if (!events.empty()) {
            buffer_.put_back(std::move(events));
            return;
        }
    }
}

/// Events rejected by a selector or hash leave demand for those behind them: continues until the
/// dispatcher accepts no more.
template <class Out>
void OutPort<Out>::dispatch(std::vector<Out>& events) {
    std::size_t before = 0;
    do {
        before = events.size();
        dispatcher_->dispatch(events, *this);
    } while (!events.empty() && events.size() < before && dispatcher_->wanted() > 0);
}

template <class Out>
void OutPort<Out>::run_notes() {
    while (auto note = buffer_.due_note()) dispatcher_->after_queued(std::move(*note));
}

template <class Out>
void OutPort<Out>::send(SubscriptionId consumer, std::vector<Out> events) {
    if (events.empty()) return;
    if (Consumer* found = find(consumer)) {
        found->cell->template send<EventsMessage<Out>>(consumer, std::move(events));
    }
}

}  // namespace detail
}  // namespace quantum
