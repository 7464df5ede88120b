#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "quantum/detail/stage/subscription.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// Where a dispatcher sends events. Provided by the stage; everything happens on the stage's turns.
template <class Event>
class Outlet {
public:
    virtual void send(SubscriptionId consumer, std::vector<Event> events) = 0;

protected:
    Outlet() = default;
    Outlet(const Outlet&) = default;
    Outlet& operator=(const Outlet&) = default;
    ~Outlet() = default;
};

namespace detail {

/// What a Dispatcher does whatever its events are.
class AnyDispatcher {
public:
    virtual ~AnyDispatcher() = default;

    /// Removes a consumer and its demand.
    virtual void cancel(SubscriptionId consumer) = 0;

    /// How many events it would accept now, which is what the producer should be working on.
    [[nodiscard]] virtual std::size_t wanted() const = 0;

    /// Calls `deliver` once every event that is now queued in the dispatcher has been sent, or at
    /// once if there is none.
    // NOLINTNEXTLINE(performance-unnecessary-value-param): dispatchers with a queue keep it
    virtual void after_queued(std::function<void()> deliver) { deliver(); }

    /// The stage hibernates: release everything that is not needed.
    virtual void release_memory() {}

protected:
    AnyDispatcher() = default;
    AnyDispatcher(const AnyDispatcher&) = default;
    AnyDispatcher& operator=(const AnyDispatcher&) = default;
};

}  // namespace detail

/// Decides which consumer gets which event, and how much demand reaches the producer.
///
/// Belongs to one stage and is called only on its turns. It survives a crash of that stage,
/// including its queued events: the stage then cancels its subscriptions and keeps the dispatcher.
/// An exception from a method crashes the stage, and the events being dispatched are lost.
///
/// Its other methods are those of AnyDispatcher.
template <class Event>
class Dispatcher : public detail::AnyDispatcher {
public:
    /// A new consumer, without demand so far. Return an error to reject it: its subscription is
    /// cancelled.
    [[nodiscard]] virtual Status subscribe(SubscriptionId consumer,
                                           const SubscriptionOptions<Event>& options) = 0;

    /// `consumer` wants `count` more events. Events queued inside for it may be sent now.
    virtual void ask(SubscriptionId consumer, std::size_t count, Outlet<Event>& outlet) = 0;

    /// Sends as much as demand allows, in order; what cannot be sent stays in `events`, in order.
    virtual void dispatch(std::vector<Event>& events, Outlet<Event>& outlet) = 0;
};

/// Creates the dispatcher of a stage.
template <class Event>
using DispatcherFactory = std::function<std::unique_ptr<Dispatcher<Event>>()>;

}  // namespace quantum
