#pragma once

#include "quantum/scheduler_events.hpp"
#include "quantum/stages/stage.hpp"

#include "scheduler/subscribers/event_outbox.hpp"
#include "scheduler/subscribers/event_queues.hpp"

namespace quantum::scheduler {

/// The producer behind `Scheduler::events`: hands copies of what happens to whoever subscribes.
///
/// Not part of the pipeline, whose stages neither wait for it nor notice if it crashes.
class EventFeed final : public Producer<SchedulerEvent> {
public:
    EventFeed(EventOutbox& outbox, EventQueues& queues) : outbox_(outbox), queues_(queues) {}

    struct EventsWait {};

    InitResult init(Options& options) override;
    Reaction<SchedulerEvent> handle_demand(std::size_t count) override;
    Reaction<SchedulerEvent> handle_subscribe(const Subscription& consumer) override;
    Reaction<SchedulerEvent> handle_cast(EventsWait events);

private:
    EventOutbox& outbox_;
    EventQueues& queues_;
};

}  // namespace quantum::scheduler
