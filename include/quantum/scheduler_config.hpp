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
#include "quantum/log.hpp"
#include "quantum/result.hpp"
#include "quantum/runner/runner_factory.hpp"

namespace quantum {

class Storage;
struct JobChanges;  // quantum/job_changes.hpp
struct StoredJob;   // quantum/storage/storage.hpp

/// A job to begin with: ready made, or described.
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

    /// Errors: what of the description is wrong.
    [[nodiscard]] Result<Job> make(const JobDefaults& defaults) const;

private:
    Shared<Job> job_;
    Shared<JobSpec> spec_;
};

/// How a scheduler behaves. Plain values; set what differs.
struct SchedulerConfig {
    /// Tells schedulers of one program apart: in telemetry, logs and the names of stages.
    std::string name = "quantum";
    /// The node this scheduler runs on, as telemetry and run strategies see it.
    std::string node = "local";
    /// The nodes that run strategies choose from. Empty: `node` alone. A runner of your own takes
    /// executions to them; the scheduler's own runner runs all of them here.
    std::vector<std::string> nodes = {};
    /// What jobs are made with where they do not say otherwise.
    JobDefaults defaults = {};
    /// How long a call waits for its answer.
    Duration timeout = std::chrono::seconds(5);
    /// How many runs may be under way at once; 0: no limit. What finds no place waits, in due
    /// order.
    std::size_t concurrency = 512;
    /// The same for the runs of all jobs that carry a tag. Tags without a limit have none.
    std::map<std::string, std::size_t, std::less<>> tag_concurrency = {};
    /// A due time noticed later than this is missed, and the job's misfire policy decides.
    Duration misfire_after = std::chrono::seconds(5);
    /// After `stop` has asked runs to end: how long until they are killed.
    Duration kill_after = std::chrono::seconds(8);
    /// Executions on their way from ExecutionBroadcaster to ExecutorSupervisor at most.
    std::size_t max_demand = 8192;
    /// Of execution ids. None: they are the operating system's random numbers, and none can be
    /// computed from others; with a seed they can.
    std::optional<std::uint64_t> seed = std::nullopt;
    /// What a `HandlerCall` names; for schedulers that were given no Runner.
    std::map<std::string, Handler, std::less<>> handlers = {};
    /// What runs an `HttpRequest`: `http_runner()` of `quantum/http.hpp`; for schedulers that were
    /// given no Runner. None: such a run fails and says so.
    RunnerFactory http = {};
    /// Where the scheduler's own log lines go.
    LogSink log = {};
    /// Jobs to begin with, unless the storage knows jobs already. A second one of a name is refused
    /// with a warning, as is one without a task or whose description is wrong; the others start.
    std::vector<ConfiguredJob> jobs = {};
    /// These count from the last due time that the storage knows, not from the start.
    bool catch_up_jobs = false;
    /// For programs whose jobs are defined elsewhere, in files say: called by `start` with the jobs
    /// that the storage knows. What it wants changed is stored before anything is decided, so that
    /// a job that is gone does not run once more; while the storage refuses it, nothing is. An
    /// error is that of `start`.
    std::function<Result<JobChanges>(std::span<const StoredJob> stored)> reconcile = {};
    /// Where jobs and ledger are kept; for schedulers that were given no parts. None: in memory.
    std::shared_ptr<Storage> storage = nullptr;
    /// May change the configuration, all but name, node and log, as the scheduler starts. Its error
    /// is what `start` answers.
    std::function<Result<SchedulerConfig>(SchedulerConfig)> init = {};
    /// More crashes of the pipeline than this within 5 s end the scheduler.
    std::size_t max_restarts = 10;
    /// Off: debug lines are not written; the others are.
    bool debug_logging = true;
    /// Off: starts and ends of runs are told by telemetry only, not logged.
    bool log_executions = true;

    /// The contract of Quantum for Elixir: the dialect `quantum`, overlap allowed, one random node,
    /// every missed due time caught up however late, 50 runs at once, nothing stored.
    [[nodiscard]] static SchedulerConfig elixir_compatible();
};

}  // namespace quantum
