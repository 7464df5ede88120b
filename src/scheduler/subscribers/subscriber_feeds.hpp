#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "quantum/execution.hpp"
#include "quantum/result.hpp"
#include "quantum/scheduler_events.hpp"
#include "quantum/stages/stage.hpp"
#include "quantum/stages/supervisor.hpp"

#include "base/mutex.hpp"
#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/subscribers/event_feed.hpp"
#include "scheduler/subscribers/event_outbox.hpp"
#include "scheduler/subscribers/event_queues.hpp"
#include "scheduler/subscribers/execution_feed.hpp"
#include "scheduler/subscribers/external_runs.hpp"

namespace quantum::scheduler {

/// What can be subscribed to from outside. Each feed is started when it is first asked for, under a
/// supervisor of its own: nobody's subscription can restart, or end, the pipeline.
///
/// Owned by the Pipeline; outlives the stages. Thread-safety: every method may be called from any
/// thread.
class SubscriberFeeds {
public:
    struct Options {
        std::string scheduler;  ///< its name, with which those of the stages begin
        std::size_t max_restarts = 10;
    };

    /// `runs`: null unless subscribers carry out executions.
    SubscriberFeeds(EventOutbox& outbox, ExternalRuns* runs, const TelemetryHub& hub,
                    Options options);

    /// Called before the other methods: where the feeds are started.
    void use(StageSystem& system) { system_ = &system; }
    /// Errors: those of StageSystem::start.
    [[nodiscard]] Result<ProducerRef<SchedulerEvent>> events() QUANTUM_EXCLUDES(mutex_);
    /// Also fails with `invalid_argument` if the scheduler carries out its executions itself.
    [[nodiscard]] Result<ProducerRef<Execution>> executions() QUANTUM_EXCLUDES(mutex_);
    /// The end of a run that a subscriber holds. Errors: `not_found`, and as above.
    [[nodiscard]] Status finish(const ExecutionId& execution, Outcome outcome);
    /// Called when the stages are about to be stopped: they are told nothing any more.
    void disconnect();
    /// Called once they are: runs without an end are lost.
    void close();

private:
    [[nodiscard]] Status check_external() const;
    [[nodiscard]] Status supervise(const std::string& name, ChildSpec feed);

    EventOutbox& outbox_;
    ExternalRuns* const runs_;
    const Options options_;
    StageSystem* system_ = nullptr;
    EventQueues queues_;
    std::optional<ExecutionDispatcher> dispatcher_;
    base::Mutex mutex_;
    StageRef<EventFeed> events_ QUANTUM_GUARDED_BY(mutex_);
    StageRef<ExecutionFeed> executions_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::scheduler
