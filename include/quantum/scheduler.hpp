#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"
#include "quantum/job_spec.hpp"
#include "quantum/result.hpp"
#include "quantum/scheduler_config.hpp"
#include "quantum/task_registry.hpp"
#include "quantum/telemetry.hpp"

namespace quantum {

struct JobChanges;  // quantum/job_changes.hpp
class Runner;       // quantum/runner/runner.hpp
class Runtime;      // quantum/runtime.hpp
class Storage;      // quantum/storage/storage.hpp

/// What a scheduler is built from. Everything that is not deterministic is behind one of the four;
/// tests, simulations and the daemon differ in nothing else. All must outlive the scheduler.
struct SchedulerParts {
    Clock& clock;
    Runtime& runtime;
    Storage& storage;
    Runner& runner;
    /// Where the storage is called, if that may take long. None: on `runtime`.
    Runtime* storage_runtime = nullptr;
};

/// How a job stands.
struct JobStatus {
    JobRef job;
    std::uint32_t revision = 1;
    WallTime effective_from;           ///< since when this definition is in force
    std::optional<WallTime> next_due;  ///< none: inactive, no schedule, or nothing to come
    std::size_t open = 0;              ///< runs claimed or started and not ended
    std::size_t waiting = 0;           ///< of these, for the end of the job's other runs
    std::size_t stuck = 0;             ///< functions that go on after their timeout
    std::optional<WallTime> retry_at;  ///< when a run that failed is tried again
    std::optional<OutcomeKind> last_outcome;
    std::optional<WallTime> last_end;
    std::string problem;  ///< "the schedule has no further due time"; empty: none
};

/// How a job is held back.
struct PauseOptions {
    std::optional<WallTime> until = std::nullopt;  ///< none: until `resume_job`
    std::string note = {};                         ///< why, for whoever looks
    std::string actor = {};                        ///< who; noted in the storage unless empty
};

/// How a run by hand is asked for.
struct TriggerOptions {
    /// Asked again with the same key within 24 h, the answer is the execution of the first time,
    /// and nothing runs. Empty: every request is a run.
    std::string key = {};
    std::string actor = {};  ///< who; noted in the storage unless empty
};

/// What becomes of a deleted job's runs.
struct DeleteOptions {
    bool kill = false;       ///< they are told to end; else they go on to their end
    std::string actor = {};  ///< who; noted in the storage unless empty
};

enum class SchedulerState : std::uint8_t { stopped, running, stopping, failed };

[[nodiscard]] std::string_view to_string(SchedulerState state);

/// What `stop` had to do to the runs under way.
struct StopReport {
    std::size_t ended_by_force = 0;  ///< told to end when patience ran out
    std::size_t lost = 0;            ///< of these, still running; recorded as lost
    std::size_t unstored = 0;  ///< ends that the storage refused; the next start has them lost
};

/// Runs jobs when their schedules say so: at most one start per due time, and no due time
/// disappears silently.
///
///     quantum::Scheduler scheduler;
///     scheduler.start();
///     scheduler.add_job("*/5 * * * *", [] { refresh(); });
///     ...
///     scheduler.stop();
///
/// No thread runs and nothing is read before `start`. Several schedulers may live in one program;
/// they share nothing.
///
/// Thread-safety: every method may be called from any thread, except the destructor. Calls that
/// ask the pipeline wait for its answer, so not from a task's telemetry listener, nor on a thread
/// that runs the pipeline; there they fail with `unavailable`.
/// Errors: `unavailable` before start and after stop, `timed_out` after `SchedulerConfig::timeout`;
/// what else a call adds is said there.
class Scheduler {
public:
    /// On the machine's clock, with a thread for the pipeline, a pool of threads for functions,
    /// child processes for commands, and the memory storage.
    ///
    /// A function cannot be ended from outside: the destructor waits for those that still run.
    explicit Scheduler(SchedulerConfig config = {});
    /// On parts of your own.
    explicit Scheduler(SchedulerParts parts, SchedulerConfig config = {});
    /// Stops, without patience for what runs.
    ~Scheduler();
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    /// Loads what the storage knows and begins. Errors: `already_exists` if it runs;
    /// what the storage says. A stopped scheduler may be started again.
    Status start();

    /// Fires nothing more and waits for what runs, at most `patience`; then tells it to end, kills
    /// it after `SchedulerConfig::kill_after`, and records what still does not end as lost. A
    /// storage that refuses is waited for as long as runs are, and where none is left no longer
    /// than `patience`. Before `start`, and twice, it does nothing.
    Result<StopReport> stop(Duration patience = std::chrono::seconds(18));

    /// The first half of `stop`, for threads that may not wait: `then` is called when nothing runs
    /// any more; `stop` is still to be called after that.
    void drain(Duration patience, std::function<void(Result<StopReport>)> then);

    /// A job with the scheduler's defaults, zone and dialect of its schedule included.
    [[nodiscard]] Job new_job() const;
    /// Errors: what of the description is wrong.
    [[nodiscard]] Result<Job> new_job(const JobSpec& spec) const;

    [[nodiscard]] SchedulerState state() const;
    [[nodiscard]] const std::string& name() const;

    /// Adds a job, or replaces the one of its name; gives the name, which is made up if the job has
    /// none. What it does not say is taken from `SchedulerConfig::defaults`. Before `start`: kept
    /// until then. Errors: `invalid_argument` for a job without a task, or one whose only due time
    /// is over.
    Result<std::string> add_job(Job job);
    /// Errors: besides, what of the description is wrong.
    Result<std::string> add_job(const JobSpec& spec);
    /// A job with a made-up name, its schedule in the scheduler's zone and dialect.
    /// Errors: besides, what the schedule's text is wrong in.
    Result<std::string> add_job(std::string_view schedule, Task task);
    Result<std::string> add_job(std::string_view schedule, Task task,
                                const ScheduleOptions& options);
    /// All of them, as one change: one commit, however many.
    Status add_jobs(std::span<const Job> jobs);
    Status add_jobs(std::vector<Job>&& jobs);
    Status add_jobs(std::span<const JobSpec> jobs);
    /// Puts and deletes as one change: one commit. Errors: as of `add_job`.
    Status change_jobs(JobChanges changes);

    /// Null if there is no job of that name.
    [[nodiscard]] Result<JobRef> find_job(std::string_view name) const;
    [[nodiscard]] Result<std::vector<JobRef>> jobs() const;
    /// Errors: besides, `not_found`.
    [[nodiscard]] Result<JobStatus> job_status(std::string_view name) const;

    /// The runs that are claimed or started and have not ended.
    [[nodiscard]] TaskRegistry task_registry() const { return TaskRegistry(*this); }

    /// What runs goes on to its end, unless told otherwise; what waits is skipped. Unknown name:
    /// nothing.
    Status delete_job(std::string_view name, DeleteOptions options = {});
    Status delete_all_jobs();
    /// Nothing if it is so already, unknown, or finished. What was due meanwhile is not caught up.
    Status activate_job(std::string_view name);
    Status deactivate_job(std::string_view name);

    /// Holds the job back, whatever its state: what is due meanwhile is recorded as skipped, and
    /// not caught up; what runs goes on, what waits for another attempt does not. A pause belongs
    /// to the name: it survives restarts and new definitions. Paused already: the new pause holds.
    /// Errors: besides, `not_found`.
    Status pause_job(std::string_view name, PauseOptions options = {});
    /// Nothing if it is not paused. `note`: why. Errors: besides, `not_found`.
    Status resume_job(std::string_view name, std::string_view note = {});

    /// Runs the job once, now, whatever its state; its schedule is not touched. It obeys overlap:
    /// `unavailable` if an earlier run is in its way. Returns when the run is stored.
    /// Errors: besides, `not_found`.
    Result<ExecutionId> trigger(std::string_view name, TriggerOptions options = {});
    Result<ExecutionId> run_job(std::string_view name);

    /// `kinds`: a sum of `kind_bit(...)`.
    [[nodiscard]] ListenerId attach(TelemetryListener listener,
                                    TelemetryKinds kinds = all_telemetry);
    /// After this returns the listener neither runs nor will run. False if it is unknown.
    bool detach(ListenerId listener);

private:
    friend class TaskRegistry;
    [[nodiscard]] Result<std::vector<OpenRun>> open_runs(std::optional<std::string_view> job) const;

    struct Impl;
    std::shared_ptr<Impl> impl_;  // held by nobody else; cheaper to include than a unique_ptr
};

}  // namespace quantum
