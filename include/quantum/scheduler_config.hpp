#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/detail/shared.hpp"
#include "quantum/job.hpp"
#include "quantum/job_spec.hpp"
#include "quantum/keep_output.hpp"
#include "quantum/log.hpp"
#include "quantum/result.hpp"
#include "quantum/runner/function_threads.hpp"
#include "quantum/runner/runner_factory.hpp"

namespace quantum {

class Storage;
struct JobChanges;  // quantum/job_changes.hpp
struct StoredJob;   // quantum/storage/storage.hpp

/// A job to start with: a Job, or its description.
class ConfiguredJob {
public:
    // NOLINTBEGIN(google-explicit-constructor): either stands where one is wanted
    ConfiguredJob(Job job);
    ConfiguredJob(JobSpec spec);
    // NOLINTEND(google-explicit-constructor)

    ConfiguredJob(const ConfiguredJob& other);
    ConfiguredJob(ConfiguredJob&& other) noexcept;
    ConfiguredJob& operator=(const ConfiguredJob& other);
    ConfiguredJob& operator=(ConfiguredJob&& other) noexcept;
    ~ConfiguredJob();

    /// Fails if the description is invalid.
    [[nodiscard]] Result<Job> make(const JobDefaults& defaults) const;

private:
    Shared<Job> job_;
    Shared<JobSpec> spec_;
};

/// Who carries out executions.
enum class ExecutorKind : std::uint8_t {
    built_in,  ///< the scheduler, with its Runner
    external,  ///< stages that subscribe to `Scheduler::executions`
};

/// The configuration of a scheduler. Plain values; set those that differ from the defaults.
struct SchedulerConfig {
    /// Distinguishes several schedulers in one program in telemetry, logs and names of stages.
    std::string name = "quantum";
    /// The node on which this scheduler runs, for telemetry and run strategies.
    std::string node = "local";
    /// The nodes from which run strategies choose. Empty: only `node`. A custom runner can
    /// distribute executions to them; the built-in runner runs all of them locally.
    std::vector<std::string> nodes = {};
    /// Defaults for what jobs do not specify.
    JobDefaults defaults = {};
    /// How long a call waits for a reply; 0: it is sent, but not waited for.
    Duration timeout = std::chrono::seconds(5);
    /// The maximum number of concurrent runs; 0: unlimited. Further runs wait, in due order.
    std::size_t concurrency = 512;
    /// The same for all jobs with a given tag. Tags that are not listed have no limit.
    std::map<std::string, std::size_t, std::less<>> tag_concurrency = {};
    /// With `external`, executions stay claimed until a subscriber asks for them: demand is a
    /// further limit of concurrency. The Runner is not used.
    ExecutorKind executor = ExecutorKind::built_in;
    /// A due time noticed later than this is missed, and the job's misfire policy applies.
    Duration misfire_after = std::chrono::seconds(5);
    /// How long after `stop` has asked runs to end they are killed.
    Duration kill_after = std::chrono::seconds(8);
    /// The maximum number of executions in transit from ExecutionBroadcaster to ExecutorSupervisor.
    std::size_t max_demand = 8192;
    /// The seed for execution IDs. None: they are random numbers from the operating system, and
    /// cannot be predicted from one another; with a seed they can.
    std::optional<std::uint64_t> seed = std::nullopt;
    /// The handlers that a `HandlerCall` can name; for schedulers without a Runner of their own.
    /// See also `Scheduler::add_handler`.
    std::map<std::string, Handler, std::less<>> handlers = {};
    /// The threads for functions; for schedulers without a Runner of their own.
    FunctionThreads function_threads = {};
    /// Runs an `HttpRequest`: `http_runner()` from `quantum/http.hpp`; for schedulers without a
    /// Runner of their own. None: such runs fail with a reason.
    RunnerFactory http = {};
    /// Whether the output of runs is kept in the storage, and how: `KeepOutput{}`; for schedulers
    /// without a Runner of their own. Unset: it is only passed on, line by line, by telemetry.
    OutputSetting output = {};
    /// Called by `start` with the runner that the scheduler has made for itself; the one returned
    /// is used instead, and may wrap it (`quantum/runner/forwarding_runner.hpp`). For schedulers
    /// without a Runner of their own. It must not call the scheduler. If it throws or returns null,
    /// `start` fails.
    RunnerWrapper wrap_runner = {};
    /// Receives the scheduler's own log records.
    LogSink log = {};
    /// Jobs to start with, unless the storage already contains jobs; then those of the same name as
    /// a stored job whose function could not be stored only give it their task. If one of them has
    /// the name of another, no task, or an invalid description, `start` fails and names all of
    /// them.
    std::vector<ConfiguredJob> jobs = {};
    /// Instead of failing, `start` logs a warning for each invalid job and starts the others.
    bool skip_invalid_jobs = false;
    /// If true, the due times of these jobs count from the last due time known to the storage, not
    /// from the start.
    bool catch_up_jobs = false;
    /// For programs whose jobs are defined elsewhere, for example in files: called by `start` with
    /// the jobs in the storage. The changes it returns are stored before anything is decided, so
    /// that a deleted job does not run once more; while the storage rejects them, nothing is
    /// decided. An error makes `start` fail.
    std::function<Result<JobChanges>(std::span<const StoredJob> stored)> reconcile = {};
    /// The storage for jobs and the ledger; for schedulers that are not given SchedulerParts. None:
    /// in memory.
    std::shared_ptr<Storage> storage = nullptr;
    /// May change the configuration, except name, node and log, when the scheduler starts. An error
    /// makes `start` fail.
    std::function<Result<SchedulerConfig>(SchedulerConfig)> init = {};
    /// More crashes of the pipeline than this within 5 s stop the scheduler.
    std::size_t max_restarts = 10;
    /// Whether debug records are written.
    bool debug_logging = true;
    /// Whether starts and ends of runs are logged; if not, they are only reported by telemetry.
    bool log_executions = true;

    /// The behavior of Quantum for Elixir: the dialect `quantum`, overlap allowed, one random node,
    /// every missed due time caught up however late, 50 concurrent runs, nothing stored.
    [[nodiscard]] static SchedulerConfig elixir_compatible();
};

}  // namespace quantum
