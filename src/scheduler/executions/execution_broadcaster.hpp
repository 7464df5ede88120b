#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/stages/stage.hpp"

#include "scheduler/commits/storage_writer.hpp"
#include "scheduler/common/job_event.hpp"
#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/executions/clock_steps.hpp"
#include "scheduler/executions/drain.hpp"
#include "scheduler/executions/execution_reports.hpp"
#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/execution_timers.hpp"
#include "scheduler/executions/execution_views.hpp"
#include "scheduler/executions/job_updates.hpp"
#include "scheduler/executions/next_dues.hpp"
#include "scheduler/executions/planner.hpp"
#include "scheduler/executions/run_control.hpp"
#include "scheduler/executions/timeline.hpp"
#include "scheduler/jobs/job_broadcaster.hpp"
#include "scheduler/runs/executor.hpp"
#include "scheduler/subscribers/external_runs.hpp"

namespace quantum::scheduler {

/// A producer and consumer: receives jobs and emits their executions when they are due.
///
/// There is one timer, for the head of the timeline. The timeline is a cache: what must not be lost
/// is in the state, and the jobs come from JobBroadcaster.
class ExecutionBroadcaster final : public ProducerConsumer<JobEvent, Execution> {
public:
    struct Dependencies {
        ExecutionState* state = nullptr;
        DrainState* drain = nullptr;
        Executor* executor = nullptr;
        TelemetryHub* hub = nullptr;
        Clock* clock = nullptr;
        PlannerOptions plans;
        bool debug_logging = true;
        StageRef<StorageWriter> writer;  ///< none if no ledger is kept
        StageRef<JobBroadcaster> jobs;
        const ExternalRuns* external = nullptr;  ///< where subscribers carry out executions
        std::function<void(const std::string& reason)> give_up;
    };

    struct Wake {};
    struct Ring {};
    struct ContinueLater {};
    struct TryAgain {};
    struct RunsEnded {};
    struct DrainStep {};
    /// Somebody has subscribed to events.
    struct SubscribersCame {};
    /// More executions were asked for than may run so far.
    struct DemandGrew {};
    /// It is unknown whether the last plan was stored; it is being sent again.
    struct StorageInDoubt {};

    explicit ExecutionBroadcaster(Dependencies dependencies);
    ~ExecutionBroadcaster() override;

    InitResult init(Options& options) override;
    Reaction<Execution> handle_events(std::vector<JobEvent> events,
                                      const Subscription& producer) override;
    Reaction<Execution> handle_subscribe(const Subscription& consumer) override;
    Reaction<Execution> handle_cast(Wake wake);
    Reaction<Execution> handle_cast(Ring ring);
    Reaction<Execution> handle_cast(ContinueLater next);
    Reaction<Execution> handle_cast(TryAgain again);
    Reaction<Execution> handle_cast(RunsEnded ended);
    Reaction<Execution> handle_cast(DrainStep step);
    Reaction<Execution> handle_cast(StorageInDoubt doubt);
    Reaction<Execution> handle_cast(SubscribersCame) {
        welcome_subscribers(state_);
        return none();
    }
    Reaction<Execution> handle_cast(DemandGrew) { return emit(pump()); }
    Reaction<Execution> handle_cast(CommitReply reply);
    Reaction<Execution> handle_cast(StorageRestarted restarted);
    Reaction<Execution> handle_call(ViewRequest request, From<ExecutionView> from);
    Reaction<Execution> handle_call(OpenRunsRequest request, From<std::vector<RunView>> from);
    Reaction<Execution> handle_call(ProblemsRequest request, From<std::vector<JobProblem>> from);
    Reaction<Execution> handle_call(const StopRuns& request, From<std::vector<ExecutionId>> from);
    Reaction<Execution> handle_call(DrainRequest request, From<DrainRequest::Drained> from);

private:
    /// Why it cannot make the next plan.
    enum class Mode : std::uint8_t {
        planning,     ///< it can
        storing,      ///< a plan is being stored
        in_doubt,     ///< the same, but it is unknown whether it was stored; it is being sent again
        backing_off,  ///< the storage rejected a plan, which was rolled back; it will be retried
                      ///< soon
    };
    [[nodiscard]] Mode mode() const;

    [[nodiscard]] std::vector<Execution> pump();
    [[nodiscard]] WallTime look_at_clock();
    [[nodiscard]] WallTime latest_now() const;
    void send_plan();
    [[nodiscard]] std::vector<Execution> finish(Plan plan);
    void put_back_all();
    void arm();
    void arm_due();
    void arm_alarm();
    void schedule_continue();
    void release_deleted();
    void report_futureless();
    void look_at_drain();
    void drain_step();
    void try_storage_again();
    void refuse_manual_runs(const Error& why);
    [[nodiscard]] bool mid_instant() const;
    [[nodiscard]] bool may_fire() const;

    Dependencies dependencies_;
    ExecutionState& state_;
    Timeline timeline_;
    NextDues next_dues_;
    Planner planner_;
    JobUpdates job_updates_;
    ClockSteps clock_steps_;
    RunControl run_control_;
    Drain drain_;
    ExecutionReports reports_;
    ExecutionTimers timers_;
    std::vector<std::uint32_t> backlog_;  // to be put back on the timeline
    std::optional<WallTime> unfinished_;  // the instant whose slices are in progress
    bool ready_ = false;                  // the whole table has been received
    bool continuing_ = false;
    bool storage_is_in_doubt_ = false;
    Duration pause_{};
    Clock::ListenerId steps_{};
};

}  // namespace quantum::scheduler
