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
#include "quantum/result.hpp"
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

namespace quantum::scheduler {

/// One life of a scheduler, from start to stop: what its stages must not forget, and the stages.
class Pipeline {
public:
    Pipeline(const SchedulerParts& parts, const SchedulerConfig& config,
             std::shared_ptr<TelemetryHub> hub, std::optional<std::uint64_t> seed);
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    /// The changes of jobs to begin with, given what the storage knows.
    using FirstRequest = std::function<Result<AddJobs>(const Snapshot& snapshot)>;

    /// Loads what the storage knows and starts the stages. The first request is
    /// stored before anything is decided, however often the storage refuses it.
    Status start(const FirstRequest& first_request);
    /// Ends the stages; runs under way go on, but nobody hears of their ends.
    void stop_stages();
    /// After that, when no call is under way any more: nobody may talk to the stages.
    void release_stages();

    [[nodiscard]] const StageRef<JobBroadcaster>& jobs() const { return jobs_; }
    [[nodiscard]] const StageRef<ExecutionBroadcaster>& executions() const { return executions_; }
    [[nodiscard]] const SchedulerConfig& config() const { return config_; }
    /// A job that has the configuration's defaults.
    [[nodiscard]] const Job& model() const { return model_; }
    [[nodiscard]] bool is_alive() const;
    [[nodiscard]] bool has_runs() const { return executor_.under_way() > 0; }
    /// After `stop`: lives on while runs that cannot be ended are under way.
    void outlive_runs(std::shared_ptr<Pipeline> self);

private:
    void prepare_stages();
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
    Executor executor_;
    std::atomic<bool> gave_up_{false};

    std::unique_ptr<StageSystem>
        storage_system_;  // only where the storage has a runtime of its own
    std::unique_ptr<StageSystem> system_;
    SupervisorRef supervisor_;
    StageRef<StorageWriter> writer_;
    StageRef<JobBroadcaster> jobs_;
    StageRef<ExecutionBroadcaster> executions_;
    StageRef<ExecutorSupervisor> executors_;
};

}  // namespace quantum::scheduler
