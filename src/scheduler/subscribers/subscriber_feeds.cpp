#include "scheduler/subscribers/subscriber_feeds.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace quantum::scheduler {

SubscriberFeeds::SubscriberFeeds(EventOutbox& outbox, ExternalRuns* runs, const TelemetryHub& hub,
                                 Options options)
    : outbox_(outbox), runs_(runs), options_(std::move(options)), queues_(outbox, hub) {
    if (runs_ != nullptr) dispatcher_.emplace(*runs_);
}

Result<ProducerRef<SchedulerEvent>> SubscriberFeeds::events() {
    const base::MutexLock lock(mutex_);
    if (events_.is_alive()) return ProducerRef<SchedulerEvent>(events_);
    const std::string name = options_.scheduler + ".event_feed";
    auto feed = system_->prepare_with<EventFeed>(
        {.name = name}, [this] { return std::make_unique<EventFeed>(outbox_, queues_); });
    if (Status started = supervise(name, child(feed)); !started) {
        return tl::unexpected(std::move(started).error());
    }
    outbox_.to_feed.set([feed] { feed.cast(EventFeed::EventsWait{}); });
    events_ = feed;
    return ProducerRef<SchedulerEvent>(feed);
}

Result<ProducerRef<Execution>> SubscriberFeeds::executions() {
    if (Status external = check_external(); !external) return tl::unexpected(external.error());
    const base::MutexLock lock(mutex_);
    if (executions_.is_alive()) return ProducerRef<Execution>(executions_);
    const std::string name = options_.scheduler + ".execution_feed";
    auto feed = system_->prepare_with<ExecutionFeed>(
        {.name = name}, [this] { return std::make_unique<ExecutionFeed>(*runs_, *dispatcher_); });
    if (Status started = supervise(name, child(feed)); !started) {
        return tl::unexpected(std::move(started).error());
    }
    runs_->to_feed.set([feed] { feed.cast(ExecutionFeed::RunsWait{}); });
    executions_ = feed;
    return ProducerRef<Execution>(feed);
}

Status SubscriberFeeds::finish(const ExecutionId& execution, Outcome outcome) {
    if (Status external = check_external(); !external) return external;
    return runs_->finish(execution, std::move(outcome));
}

Status SubscriberFeeds::check_external() const {
    if (runs_ != nullptr) return {};
    return fail(ErrorCode::invalid_argument,
                "scheduler '" + options_.scheduler +
                    "' carries out its executions itself: see SchedulerConfig::executor");
}

Status SubscriberFeeds::supervise(const std::string& name, ChildSpec feed) {
    SupervisorOptions options;
    options.name = name + "_supervisor";
    options.max_restarts = options_.max_restarts;
    auto started = start_supervisor(*system_, std::move(options), {std::move(feed)});
    if (!started) return tl::unexpected(std::move(started).error());
    return {};
}

void SubscriberFeeds::disconnect() {
    outbox_.to_feed.set({});
    outbox_.to_broadcaster.set({});
    if (runs_ == nullptr) return;
    runs_->to_feed.set({});
    runs_->to_broadcaster.set({});
}

void SubscriberFeeds::close() {
    if (runs_ != nullptr) runs_->close();
}

}  // namespace quantum::scheduler
