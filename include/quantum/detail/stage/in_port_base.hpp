#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>

#include "quantum/detail/stage/cell.hpp"
#include "quantum/detail/stage/subscription.hpp"

namespace quantum::detail {

/// The producer is gone: tells the consumer.
void refuse_subscription(SubscriptionId id, StageCell& consumer, const StopReason& reason);

/// What an InPort needs from its stage, whatever its events are.
class InPortHostBase {
public:
    virtual DemandMode on_subscribed(const Subscription& producer) = 0;
    virtual void on_cancelled(const Subscription& producer, const CancelReason& reason) = 0;
    /// How many events may be handled now.
    [[nodiscard]] virtual std::size_t allowance() const = 0;
    /// True: events count as handled when `acknowledge` is called, not when their handler returns.
    [[nodiscard]] virtual bool acknowledges_later() const { return false; }
    /// The end of a producer stops the stage: at once, or when its own events have been sent.
    virtual void stop_with(const StopReason& reason) = 0;

protected:
    InPortHostBase() = default;
    InPortHostBase(const InPortHostBase&) = default;
    InPortHostBase& operator=(const InPortHostBase&) = default;
    ~InPortHostBase() = default;
};

/// What an InPort does whatever its events are: its producers and the demand sent to each. Compiled
/// once, in the library. Used only on the stage's turns.
class InPortBase {
public:
    InPortBase(const InPortBase&) = delete;
    InPortBase& operator=(const InPortBase&) = delete;

    void ask(const Subscription& producer, std::size_t count);
    /// The producer replies with `cancelled`, after the events it has already sent.
    void cancel(const Subscription& producer, const StopReason& reason);
    void cancel_id(SubscriptionId id, const StopReason& reason);
    void cancel_all(const StopReason& reason);
    void cancelled(SubscriptionId id, CancelReason reason);
    /// `count` events of a subscription have been handled: renews demand if it is time.
    void acknowledge(SubscriptionId id, std::size_t count);
    /// Runs `action` once the events that are now queued have been handled.
    virtual void run_behind_queue(std::function<void()> action) = 0;

protected:
    struct Producer {
        Subscription subscription;
        std::size_t max;
        std::size_t min;
        std::size_t pending;  // requested but not yet handled, in automatic mode
        DemandMode mode;
        CancelMode cancel;
    };

    InPortBase(StageCell& cell, InPortHostBase& host);
    ~InPortBase();

    [[nodiscard]] StageCell& cell() const { return cell_; }
    [[nodiscard]] Producer* find(SubscriptionId id);
    /// A new subscription. False if it has ended already: there is no such producer, or the options
    /// are wrong.
    [[nodiscard]] bool add(Producer producer, const Status& options);
    /// The request for it has been sent.
    void subscribed(const Subscription& subscription);
    /// Its end, if there is one, does not stop the stage.
    void give_up(SubscriptionId id, const StopReason& reason);
    /// How many of `count` events may be handled at once, such that demand is renewed in time and
    /// the demand of the stage's own consumers is not exceeded.
    [[nodiscard]] std::size_t slice_of(const Producer* from, std::size_t count) const;
    /// The same for one that still exists, unless they count as handled later.
    void handled(Producer& from, std::size_t count);

private:
    void acknowledge(Producer& from, std::size_t count);
    void end(SubscriptionId id, const CancelReason& reason);

    StageCell& cell_;
    InPortHostBase& host_;
    std::list<Producer> producers_;  // stable while others are added and removed
};

}  // namespace quantum::detail
