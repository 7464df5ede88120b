#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "quantum/detail/stage/subscription.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// Where a dispatcher hands events to. Given by the stage, on whose turn all of this happens.
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

/// Decides which consumer gets which event, and how much demand reaches the producer.
///
/// Belongs to one stage and is called on its turns only. It survives a crash of that stage, with
/// what is queued inside: the stage cancels its subscriptions then and keeps the dispatcher.
/// An exception out of a method crashes the stage; the events it was handing out are lost then.
template <class Event>
class Dispatcher {
public:
    virtual ~Dispatcher() = default;

    /// A consumer without demand so far. An error refuses it: it sees its subscription cancelled.
    [[nodiscard]] virtual Status subscribe(SubscriptionId consumer,
                                           const SubscriptionOptions<Event>& options) = 0;

    /// `consumer` wants `count` more. What is queued inside for it may go out now.
    virtual void ask(SubscriptionId consumer, std::size_t count, Outlet<Event>& outlet) = 0;

    /// Forgets a consumer and its demand.
    virtual void cancel(SubscriptionId consumer) = 0;

    /// How many events it would take in now: what the producer should be working on.
    [[nodiscard]] virtual std::size_t wanted() const = 0;

    /// Sends what demand allows, in order; what it cannot place stays in `events`, in order.
    virtual void dispatch(std::vector<Event>& events, Outlet<Event>& outlet) = 0;

    /// Calls `deliver` once every event that is now queued inside the dispatcher has been sent;
    /// at once if none is.
    // NOLINTNEXTLINE(performance-unnecessary-value-param): dispatchers with a queue keep it
    virtual void after_queued(std::function<void()> deliver) { deliver(); }

    /// The stage hibernates: nothing is to be kept that is not needed.
    virtual void release_memory() {}

protected:
    Dispatcher() = default;
    Dispatcher(const Dispatcher&) = default;
    Dispatcher& operator=(const Dispatcher&) = default;
};

/// Makes the dispatcher of a stage.
template <class Event>
using DispatcherFactory = std::function<std::unique_ptr<Dispatcher<Event>>()>;

}  // namespace quantum
