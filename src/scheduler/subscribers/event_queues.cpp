#include "scheduler/subscribers/event_queues.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <string>
#include <utility>
#include <variant>

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

Status EventQueues::subscribe(SubscriptionId consumer,
                              const SubscriptionOptions<SchedulerEvent>& options) {
    Subscriber& added = subscribers_.emplace_back();
    added.id = consumer;
    added.selector = options.selector;
    outbox_.count_subscriber(true);
    return {};
}

void EventQueues::ask(SubscriptionId consumer, std::size_t count, Outlet<SchedulerEvent>& outlet) {
    outlet_ = &outlet;
    if (Subscriber* const subscriber = find(consumer)) {
        subscriber->demand += count;
        send(*subscriber);
    }
}

void EventQueues::cancel(SubscriptionId consumer) {
    const auto gone = std::erase_if(
        subscribers_, [consumer](const Subscriber& one) { return one.id == consumer; });
    if (gone > 0) outbox_.count_subscriber(false);
}

void EventQueues::dispatch(std::vector<SchedulerEvent>& events, Outlet<SchedulerEvent>&) {
    events.clear();  // the stage emits none: they come by way of the outbox
}

void EventQueues::take(std::vector<OutgoingEvent> events) {
    for (OutgoingEvent& outgoing : events) {
        if (auto* const welcome = std::get_if<Welcome>(&outgoing)) {
            if (Subscriber* const subscriber = find(welcome->subscriber)) {
                subscriber->jobs = std::move(welcome->jobs);
                subscriber->is_welcome = true;
            }
            continue;
        }
        for (Subscriber& subscriber : subscribers_) {
            queue(subscriber, std::get<SchedulerEvent>(outgoing));
        }
    }
    for (Subscriber& subscriber : subscribers_) send(subscriber);
}

EventQueues::Subscriber* EventQueues::find(SubscriptionId id) {
    const auto found = std::find_if(subscribers_.begin(), subscribers_.end(),
                                    [id](const Subscriber& one) { return one.id == id; });
    return found == subscribers_.end() ? nullptr : &*found;
}

// What is somebody else's code must not end the stage that serves the others too.
bool EventQueues::is_selected(Subscriber& subscriber, const SchedulerEvent& event) const {
    if (!subscriber.selector) return true;
    std::string reason;
    try {
        return subscriber.selector(event);
    } catch (const std::exception& thrown) {
        reason = thrown.what();
    } catch (...) {
        reason = "something that is not a std::exception";
    }
    subscriber.selector = {};
    const std::array fields{LogField{"reason", reason}};
    hub_.log(LogLevel::error, "the selector of a subscriber threw; it gets all events now", fields);
    return true;
}

void EventQueues::queue(Subscriber& subscriber, const SchedulerEvent& event) {
    if (!subscriber.is_welcome || !is_selected(subscriber, event)) return;
    if (subscriber.waiting.size() >= most) send(subscriber);
    if (subscriber.waiting.size() >= most && !mutated(SchedulerMutant::slow_subscriber_keeps_all)) {
        subscriber.waiting.pop_front();
        if (!mutated(SchedulerMutant::gap_not_told)) ++subscriber.missed;
    }
    subscriber.waiting.push_back(event);
}

// As much as it has asked for: jobs that were there when it came, a gap, events.
void EventQueues::send(Subscriber& subscriber) {
    std::vector<SchedulerEvent> events;
    const auto has_room = [&] { return events.size() < subscriber.demand; };
    while (has_room() && subscriber.told < subscriber.jobs.size()) {
        SchedulerEvent event;
        event.job = std::move(subscriber.jobs[subscriber.told++]);
        if (is_selected(subscriber, event)) events.push_back(std::move(event));
    }
    if (subscriber.told == subscriber.jobs.size() && !subscriber.jobs.empty()) {
        subscriber.jobs = {};
        subscriber.told = 0;
    }
    if (has_room() && subscriber.jobs.empty() && subscriber.missed > 0) {
        SchedulerEvent& gap = events.emplace_back();
        gap.kind = SchedulerEventKind::gap;
        gap.missed = std::exchange(subscriber.missed, 0);
    }
    while (has_room() && subscriber.jobs.empty() && !subscriber.waiting.empty()) {
        events.push_back(std::move(subscriber.waiting.front()));
        subscriber.waiting.pop_front();
    }
    if (events.empty()) return;
    subscriber.demand -= events.size();
    outlet_->send(subscriber.id, std::move(events));
}

}  // namespace quantum::scheduler
