#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/scheduler_events.hpp"
#include "quantum/stages/stage.hpp"

#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/subscribers/event_outbox.hpp"

namespace quantum::scheduler {

/// The subscribers of EventFeed, each with a queue of its own: a slow one holds up nobody, and
/// misses events instead.
///
///     a subscriber asks for 2     it is sent two events, and what comes next is kept
///     10,000 are kept             with each further event the oldest is dropped and counted
///     it asks for 2 again         it is sent a gap of that count, and the oldest that is kept
///
/// A dispatcher that never asks its stage for anything. Used only on EventFeed's turns; outlives
/// the stage, which when it crashes cancels all subscriptions.
class EventQueues final : public Dispatcher<SchedulerEvent> {
public:
    /// How many events are kept for a subscriber.
    static constexpr std::size_t most = 10'000;

    EventQueues(EventOutbox& outbox, const TelemetryHub& hub) : outbox_(outbox), hub_(hub) {}

    /// Queues events for everybody whom they concern, and sends what has been asked for.
    void take(std::vector<OutgoingEvent> events);

    // Dispatcher
    [[nodiscard]] Status subscribe(SubscriptionId consumer,
                                   const SubscriptionOptions<SchedulerEvent>& options) override;
    void ask(SubscriptionId consumer, std::size_t count, Outlet<SchedulerEvent>& outlet) override;
    void cancel(SubscriptionId consumer) override;
    [[nodiscard]] std::size_t wanted() const override { return 0; }
    void dispatch(std::vector<SchedulerEvent>& events, Outlet<SchedulerEvent>& outlet) override;

private:
    using Selector = std::function<bool(const SchedulerEvent&)>;
    struct Subscriber {
        SubscriptionId id{};
        Selector selector;
        std::size_t demand = 0;
        bool is_welcome = false;     ///< until then nothing is for it
        std::vector<JobRef> jobs{};  ///< the active ones when it came …
        std::size_t told = 0;        ///< … of which it has been told so many
        std::uint64_t missed = 0;    ///< after these, and before what waits
        std::deque<SchedulerEvent> waiting{};
    };

    [[nodiscard]] Subscriber* find(SubscriptionId id);
    [[nodiscard]] bool is_selected(Subscriber& subscriber, const SchedulerEvent& event) const;
    void queue(Subscriber& subscriber, const SchedulerEvent& event);
    void send(Subscriber& subscriber);

    EventOutbox& outbox_;
    const TelemetryHub& hub_;
    Outlet<SchedulerEvent>* outlet_ = nullptr;  // the stage's; nobody is sent anything unasked
    std::vector<Subscriber> subscribers_;
};

}  // namespace quantum::scheduler
