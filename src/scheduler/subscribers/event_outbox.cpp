#include "scheduler/subscribers/event_outbox.hpp"

#include <string_view>

namespace quantum {

std::string_view to_string(SchedulerEventKind kind) {
    switch (kind) {
        case SchedulerEventKind::add:
            return "add";
        case SchedulerEventKind::remove:
            return "remove";
        case SchedulerEventKind::execute:
            return "execute";
        case SchedulerEventKind::stop:
            return "stop";
        case SchedulerEventKind::gap:
            return "gap";
    }
    return "unknown";
}

namespace scheduler {

namespace {

SchedulerEvent about(SchedulerEventKind kind, const JobRef& job) {
    SchedulerEvent event;
    event.kind = kind;
    event.job = job;
    return event;
}

}  // namespace

void EventOutbox::put_started(std::span<const Execution> executions) {
    if (!is_wanted()) return;
    std::vector<OutgoingEvent> events;
    events.reserve(executions.size());
    for (const Execution& execution : executions) {
        SchedulerEvent event = about(SchedulerEventKind::execute, execution.job);
        event.execution = execution;
        events.emplace_back(std::move(event));
    }
    put(std::move(events));
}

void EventOutbox::put_stop(const Execution& execution, StopSignal signal) {
    if (!is_wanted()) return;
    SchedulerEvent event = about(SchedulerEventKind::stop, execution.job);
    event.execution = execution;
    event.signal = signal;
    std::vector<OutgoingEvent> events;
    events.emplace_back(std::move(event));
    put(std::move(events));
}

void EventOutbox::put_job(const JobRef& before, const JobRef& now) {
    if (!is_wanted()) return;
    std::vector<OutgoingEvent> events;
    if (before) events.emplace_back(about(SchedulerEventKind::remove, before));
    if (now) events.emplace_back(about(SchedulerEventKind::add, now));
    put(std::move(events));
}

void EventOutbox::put_welcome(Welcome welcome) {
    std::vector<OutgoingEvent> events;
    events.emplace_back(std::move(welcome));
    put(std::move(events));
}

void EventOutbox::put(std::vector<OutgoingEvent> events) {
    if (events.empty()) return;
    if (events_.put_all(std::move(events))) to_feed.notify();
}

void EventOutbox::ask_for_welcome(SubscriptionId subscriber) {
    if (newcomers_.put(SubscriptionId(subscriber))) to_broadcaster.notify();
}

}  // namespace scheduler
}  // namespace quantum
