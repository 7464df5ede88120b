#include "server/feed.hpp"

#include <utility>

#include "server/mutant.hpp"

namespace quantum::server {
namespace {

FeedEvent feed_event(const TelemetryEvent& event) {
    FeedEvent fed;
    fed.kind = event.kind;
    fed.time = event.time;
    if (event.job != nullptr) fed.job = event.job->name();
    if (event.stored != nullptr) fed.stored = *event.stored;
    fed.due = event.due;
    if (event.execution != nullptr) {
        const Execution& execution = *event.execution;
        fed.id = execution.id;
        fed.due = execution.due;
        fed.attempt = execution.attempt;
        fed.execution_kind = execution.kind;
        if (fed.job.empty()) fed.job = execution.job->name();
        if (event.started_at) fed.lateness = *event.started_at - execution.planned();
    }
    fed.started_at = event.started_at;
    if (event.outcome != nullptr) fed.outcome = *event.outcome;
    fed.pid = event.pid;
    fed.text = event.text;
    return fed;
}

}  // namespace

TelemetryKinds Feed::kinds() {
    return kind_bit(TelemetryKind::job_add) | kind_bit(TelemetryKind::job_update) |
           kind_bit(TelemetryKind::job_delete) | kind_bit(TelemetryKind::job_start) |
           kind_bit(TelemetryKind::job_stop) | kind_bit(TelemetryKind::job_exception) |
           kind_bit(TelemetryKind::job_skip) | kind_bit(TelemetryKind::job_stuck) |
           kind_bit(TelemetryKind::scheduler_state);
}

void Feed::operator()(const TelemetryEvent& event) {
    FeedEvent fed = feed_event(event);
    std::vector<FeedEvent> dropped;  // goes after the lock
    bool is_first = false;
    {
        const base::MutexLock lock(mutex_);
        if (events_.size() >= most) {
            dropped.swap(events_);
            is_lost_ = !mutated(ServerMutant::overflow_not_told);
        }
        // Where all was dropped somebody has been rung already.
        is_first = events_.empty() && dropped.empty();
        events_.push_back(std::move(fed));
    }
    if (is_first) ring_();
}

Feed::Taken Feed::take() {
    const base::MutexLock lock(mutex_);
    return {std::exchange(events_, {}), std::exchange(is_lost_, false)};
}

}  // namespace quantum::server
