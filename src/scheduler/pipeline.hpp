#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/result.hpp"
#include "quantum/runtime.hpp"
#include "quantum/scheduler.hpp"
#include "quantum/scheduler_config.hpp"
#include "quantum/stages/stage.hpp"
#include "quantum/stages/supervisor.hpp"
#include "quantum/storage/storage.hpp"

#include "scheduler/commits/storage_writer.hpp"
#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/executions/execution_broadcaster.hpp"
#include "scheduler/executions/execution_state.hpp"
#include "scheduler/jobs/job_broadcaster.hpp"
#include "scheduler/runs/executor.hpp"
#include "scheduler/runs/executor_supervisor.hpp"
#include "scheduler/subscribers/external_runs.hpp"
#include "scheduler/subscribers/subscriber_feeds.hpp"

namespace quantum::scheduler {

/// One life of a scheduler, from start to stop: the state that must survive crashes, and the
/// stages.
class Pipeline {
public:
    Pipeline(const SchedulerParts& parts, const SchedulerConfig& config,
             std::shared_ptr<TelemetryHub> hub, std::optional<std::uint64_t> seed);
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    /// The initial changes of jobs, given the contents of the storage.
    /// It may give stored jobs back what the storage could not keep.
    using FirstRequest = std::function<Result<AddJobs>(Snapshot& snapshot)>;

    /// Loads the contents of the storage and starts the stages. The first request is stored before
    /// anything is decided, however often the storage rejects it.
    [[nodiscard]] Result<StartReport> start(const FirstRequest& first_request);
    /// Stops the stages; runs in progress continue, but their ends are not received. False if one
    /// is still busy after `timeout`: to be called again.
    [[nodiscard]] bool stop_stages(Duration timeout);
    /// Called after that, when no call is in progress: nobody may use the stages any more.
    void release_stages();

    /// True in a handler of one of the stages, on this thread.
    [[nodiscard]] bool is_in_turn() const;
    /// How this thread may wait for the stages: as the more restrictive of their runtimes says. On
    /// the only thread of one of them, not at all.
    [[nodiscard]] Waiting waiting() const;
    /// The run whose function this thread is in, if it is one of this pipeline's.
    [[nodiscard]] std::optional<ExecutionId> current_run() const;

    [[nodiscard]] const StageRef<JobBroadcaster>& jobs() const { return jobs_; }
    [[nodiscard]] const StageRef<ExecutionBroadcaster>& executions() const { return executions_; }
    [[nodiscard]] SubscriberFeeds& feeds() { return feeds_; }
    [[nodiscard]] const SchedulerConfig& config() const { return config_; }
    [[nodiscard]] Clock& clock() const { return parts_.clock; }
    [[nodiscard]] Runtime& runtime() const { return parts_.runtime; }
    /// A job with the configuration's defaults.
    [[nodiscard]] const Job& model() const { return model_; }
    [[nodiscard]] bool is_alive() const;
    [[nodiscard]] bool has_runs() const { return executor_.under_way() > 0; }
    /// After `stop`: keeps this alive while runs that cannot be terminated are in progress.
    void outlive_runs(std::shared_ptr<Pipeline> self);

private:
    void prepare_stages();
    [[nodiscard]] StartReport report_of(const AddJobs& request) const;
    void tell_unbound(const StartReport& report) const;
    void send_first(AddJobs request);
    void give_up(std::string_view what, const std::string& reason);
    [[nodiscard]] Status start_stages();
    void refuse_requests();

    const SchedulerParts parts_;
    const SchedulerConfig config_;
    const std::string zone_data_;
    const Job model_;
    const std::shared_ptr<TelemetryHub> shared_hub_;
    TelemetryHub& hub_;

    ExecutionState execution_state_;
    JobBroadcasterState job_state_;
    StorageWriterState storage_state_;
    DrainState drain_;
    const std::unique_ptr<ExternalRuns> external_;  ///< in place of the runner; null: that
    const Binding binding_;
    Executor executor_;
    SubscriberFeeds feeds_;
    std::atomic<bool> gave_up_{false};

    // Made by the constructor and unchanged until all calls have ended.
    std::unique_ptr<StageSystem> storage_system_;  // only if the storage has its own runtime
    std::unique_ptr<StageSystem> system_;
    SupervisorRef supervisor_;
    StageRef<StorageWriter> writer_;
    StageRef<JobBroadcaster> jobs_;
    StageRef<ExecutionBroadcaster> executions_;
    StageRef<ExecutorSupervisor> executors_;
};

}  // namespace quantum::scheduler
