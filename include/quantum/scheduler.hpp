#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"
#include "quantum/job_problem.hpp"
#include "quantum/job_spec.hpp"
#include "quantum/result.hpp"
#include "quantum/scheduler_config.hpp"
#include "quantum/task_registry.hpp"
#include "quantum/telemetry.hpp"

namespace quantum::scheduler {
class SchedulerCalls;
}  // namespace quantum::scheduler

namespace quantum {

struct JobChanges;      // quantum/job_changes.hpp
struct SchedulerEvent;  // quantum/scheduler_events.hpp
template <class Event>
class ProducerRef;  // the same
class Runner;       // quantum/runner/runner.hpp
class Runtime;      // quantum/runtime.hpp
class Storage;      // quantum/storage/storage.hpp

/// What a scheduler is built from. Everything that is not deterministic is behind one of the four;
/// tests, simulations and the daemon differ in nothing else. All of them must outlive the
/// scheduler.
struct SchedulerParts {
    Clock& clock;
    Runtime& runtime;
    Storage& storage;
    Runner& runner;
    /// Where the storage is called, if it may block for long. Null: on `runtime`.
    Runtime* storage_runtime = nullptr;
};

/// A job and its current state.
struct JobStatus {
    JobRef job;
    std::uint32_t revision = 1;
    WallTime effective_from;           ///< when this definition took effect
    std::optional<WallTime> next_due;  ///< none: inactive, no schedule, or no further due time
    std::size_t open = 0;              ///< runs that were claimed or started and have not ended
    std::size_t waiting = 0;           ///< of these, waiting for the job's other runs to end
    std::size_t unbound = 0;           ///< of these, waiting for the job's function
    std::size_t stuck = 0;             ///< functions still running after their timeout
    std::optional<WallTime> retry_at;  ///< when a failed run will be tried again
    std::optional<OutcomeKind> last_outcome;
    std::optional<WallTime> last_end;
    std::string problem;  ///< "the schedule has no further due time"; empty: none
};

/// How to pause a job.
struct PauseOptions {
    std::optional<WallTime> until = std::nullopt;  ///< none: until `resume_job`
    std::string note = {};                         ///< why, for whoever looks
    std::string actor = {};                        ///< who; recorded in the storage unless empty
};

/// How to run a job by hand.
struct TriggerOptions {
    /// Idempotency key: a further request with the same key within 24 h returns the execution of
    /// the first and runs nothing. Empty: every request is a run.
    std::string key = {};
    std::string actor = {};  ///< who; recorded in the storage unless empty
};

/// What happens to the runs of a deleted job.
struct DeleteOptions {
    bool kill = false;       ///< terminate them; by default they run to their end
    std::string actor = {};  ///< who; recorded in the storage unless empty
};

enum class SchedulerState : std::uint8_t { stopped, running, stopping, failed };

[[nodiscard]] std::string_view to_string(SchedulerState state);

/// What `start` found.
struct StartReport {
    /// The active jobs that are unbound, by name: neither the storage nor the program has given
    /// their function yet. Their due times are claimed and wait for it.
    std::vector<std::string> unbound;
};

/// The result of `start`. Also stands where a Status is wanted.
class StartResult : public Result<StartReport> {
public:
    using Result<StartReport>::Result;
    // NOLINTNEXTLINE(google-explicit-constructor): for those who need no report
    operator Status() const {
        if (!has_value()) return tl::unexpected(error());
        return {};
    }
};

/// What `stop` had to do to the runs under way.
struct StopReport {
    std::size_t ended_by_force = 0;  ///< terminated when the timeout was over
    /// Still running; recorded as lost. Of those terminated, and the task that has called `stop`.
    std::size_t lost = 0;
    std::size_t unstored = 0;  ///< ends that the storage refused; the next start records them lost
};

/// Runs jobs when their schedules say so: at most one start per due time, and no due time
/// disappears silently.
///
///     quantum::Scheduler scheduler;
///     if (auto started = scheduler.start(); !started) return fail(started.error());
///     auto name = scheduler.add_job({.schedule = "*/5 * * * *", .task = [] { refresh(); }});
///     if (!name) return fail(name.error());
///     ...
///     if (auto report = scheduler.stop(); report && report->lost > 0) warn(report->lost);
///
/// Before `start` no thread runs and nothing is read. A program may have several schedulers; they
/// share nothing.
///
/// Thread-safety: every method may be called from any thread, except the destructor.
///
/// Calls that ask the pipeline wait for its answer, at most `SchedulerConfig::timeout`, whatever
/// its threads are doing. Where they could never be answered they fail with `unavailable` at once,
/// and so do `start` and `stop`: in a telemetry listener or the log sink, and on a thread that runs
/// the pipeline (in a run strategy, a storage, a runner's `start`) or that is starting it.
/// `attach`, `detach`, `drain`, `state`, `name` and `new_job` work anywhere. In tasks everything
/// works. Errors of every call: `unavailable` before `start` and after `stop`, `timed_out`. Further
/// ones are listed at each call.
class Scheduler {
public:
    /// With the system clock, one thread for the pipeline, a thread pool for functions, child
    /// processes for commands, and the memory storage.
    ///
    /// Functions cannot be killed: the destructor waits for those that are still running.
    explicit Scheduler(SchedulerConfig config = {});
    /// With parts of your own.
    explicit Scheduler(SchedulerParts parts, SchedulerConfig config = {});
    /// Equivalent to `stop(0s)`, but waits as long as it takes. Must not be called by anything that
    /// the scheduler calls.
    ~Scheduler();
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    /// Loads the storage and starts scheduling. A stopped scheduler may be started again. Calls of
    /// other threads wait for it meanwhile. Returns which stored jobs have no function yet; they
    /// get it from `add_job` or `add_handler`. Errors: `already_exists` if it is running or still
    /// stopping; those of the storage.
    [[nodiscard]] StartResult start();

    /// Starts nothing new and waits up to `timeout` for running jobs; then terminates them, kills
    /// them after `SchedulerConfig::kill_after`, and records what is still running as lost. If the
    /// storage refuses writes, it is waited for as long as runs are, or up to `timeout` if there
    /// are none. In a task it does not wait for that task, which is recorded as lost. No-op before
    /// `start` and when already stopped. Once it has succeeded, no listener and no sink is called.
    ///
    /// Takes at most `timeout`, `kill_after` and 100 ms. Also fails with `timed_out` if something
    /// that the scheduler calls (a listener, a storage) or kills has not returned by then: the
    /// scheduler is still `stopping`, and `stop` must be called again.
    [[nodiscard]] Result<StopReport> stop(Duration timeout = std::chrono::seconds(18));

    /// The first half of `stop`, without waiting: calls `then` exactly once, when nothing runs any
    /// more. `stop` must still be called, which then has nothing to wait for, and works in `then`
    /// too, on whatever thread that is (one of the runtime's, or the caller's if nothing runs at
    /// all; the one that stops the scheduler meanwhile).
    void drain(Duration timeout, std::function<void(Result<StopReport>)> then);

    /// A job with the scheduler's defaults, including the zone and dialect of its schedule.
    [[nodiscard]] Job new_job() const;
    /// Errors: `invalid_argument` and the parser's, if the description is invalid.
    [[nodiscard]] Result<Job> new_job(const JobSpec& spec) const;

    [[nodiscard]] SchedulerState state() const;
    [[nodiscard]] const std::string& name() const;

    /// Adds a job, or replaces the one with its name. Returns the job's name; one is generated if
    /// it is empty. Unset policies come from `SchedulerConfig::defaults`. Before `start` the job is
    /// kept until then. If the job is known and only lacks its function, because that could not be
    /// stored, it gets the function and is not changed otherwise.
    /// Errors: `invalid_argument` if the job has no task, its only due time has passed, or the
    /// description is invalid.
    ///
    /// A Job converts to a description. There is only this function, so that compilers can name a
    /// member that does not exist.
    [[nodiscard]] Result<std::string> add_job(JobSpec spec);
#if !defined(__clang__)
    // Chosen by GCC for what is no description: it then says so in one line and shows it.
    template <class Never = void>
    Result<std::string> add_job(...) {
        static_assert(!std::is_void_v<Never>, "add_job takes a JobSpec in braces, or a Job");
        return {};
    }
#endif
    /// Registers a handler for `HandlerCall`s of this name, or replaces it for runs that start from
    /// now on. Jobs that had no such handler are bound to it. May be called before `start`.
    /// Errors: `invalid_argument` if the name is empty, or if the scheduler was given a Runner,
    /// whose handlers are its own.
    [[nodiscard]] Status add_handler(std::string name, Handler handler);
    /// Adds all of them in one commit, or none.
    [[nodiscard]] Status add_jobs(std::span<const Job> jobs);
    [[nodiscard]] Status add_jobs(std::vector<Job>&& jobs);
    [[nodiscard]] Status add_jobs(std::span<const JobSpec> jobs);
    /// Puts and deletes in one commit. Errors: those of `add_job`.
    [[nodiscard]] Status change_jobs(JobChanges changes);

    /// Null if there is no job with that name.
    [[nodiscard]] Result<JobRef> find_job(std::string_view name) const;
    [[nodiscard]] Result<std::vector<JobRef>> jobs() const;
    /// Also fails with `not_found`.
    [[nodiscard]] Result<JobStatus> job_status(std::string_view name) const;
    /// Every job that has a problem, by name. Looks at all jobs.
    [[nodiscard]] Result<std::vector<JobProblem>> problems() const;

    /// The runs that were claimed or started and have not ended.
    [[nodiscard]] TaskRegistry task_registry() const { return TaskRegistry(*this); }

    /// Running executions run to their end unless `options` says otherwise; waiting ones are
    /// skipped. No-op if the job is unknown.
    [[nodiscard]] Status delete_job(std::string_view name, DeleteOptions options = {});
    [[nodiscard]] Status delete_all_jobs();
    /// No-op if the job is unknown, finished or already in that state. Due times in between are not
    /// caught up.
    [[nodiscard]] Status activate_job(std::string_view name);
    [[nodiscard]] Status deactivate_job(std::string_view name);

    /// Pauses the job, whatever its state: due times meanwhile are recorded as skipped and not
    /// caught up; running executions go on, pending retries are dropped. A pause belongs to the
    /// name: it survives restarts and new definitions. If the job is paused already, the new pause
    /// replaces the old. Also fails with `not_found`.
    [[nodiscard]] Status pause_job(std::string_view name, PauseOptions options = {});
    /// No-op if the job is not paused. `note`: why. Also fails with `not_found`.
    [[nodiscard]] Status resume_job(std::string_view name, std::string_view note = {});

    /// Runs the job once, now, whatever its state; its schedule is not affected. Returns when the
    /// run is stored. Overlap applies: also fails with `unavailable` if an earlier run is in the
    /// way or the job has no function, and with `not_found`.
    [[nodiscard]] Result<ExecutionId> trigger(std::string_view name, TriggerOptions options = {});
    [[nodiscard]] Result<ExecutionId> run_job(std::string_view name);

    /// What anybody may subscribe to, as to any producer (`quantum/scheduler_events.hpp`): changes
    /// of jobs, executions as they are handed on, and gaps. They are copies: no subscriber delays
    /// or takes an execution. Each has a buffer for 10,000 events that it has not asked for; beyond
    /// that the oldest are dropped, and a `gap` says how many. The first events of a subscription
    /// are an `add` for each active job. Subscriptions end when the scheduler stops. Like the two
    /// calls below it waits for nobody, and works in handlers of stages too.
    [[nodiscard]] Result<ProducerRef<SchedulerEvent>> events();

    /// With `SchedulerConfig::executor = external`: what to subscribe to in order to carry out
    /// executions, instead of the scheduler. An execution stays claimed until somebody asks for it,
    /// is stored as started, and is then handed to one subscriber, which ends it by `finish`. A
    /// subscriber is never given more than it has asked for, and never holds more than its
    /// `max_demand`. When its subscription ends, what it holds is `lost`; what nobody has asked for
    /// waits for the next subscriber, as long as its grace allows.
    /// Also fails with `invalid_argument` if the scheduler carries out its executions itself.
    [[nodiscard]] Result<ProducerRef<Execution>> executions();
    /// The end of an execution that was handed to a subscriber; `outcome` is stored soon after.
    /// Unless it says so, the work began when the execution was handed over, and ended now. Also
    /// works while `stop` waits for runs to end.
    /// Errors: `not_found` if no subscriber holds it; `invalid_argument` as above.
    [[nodiscard]] Status finish(const ExecutionId& execution, Outcome outcome = {});

    /// `kinds`: a sum of `kind_bit(...)`.
    [[nodiscard]] ListenerId attach(TelemetryListener listener,
                                    TelemetryKinds kinds = all_telemetry);
    /// The listener will not be called again. Waits for its calls that are running, at most
    /// `SchedulerConfig::timeout`; not if called by a listener or sink. False if one is still
    /// running then, or the listener is unknown.
    bool detach(ListenerId listener);

private:
    friend class TaskRegistry;
    friend class scheduler::SchedulerCalls;
    [[nodiscard]] Result<std::vector<OpenRun>> open_runs(std::optional<std::string_view> job) const;

    struct Impl;
    std::shared_ptr<Impl> impl_;  // held by nobody else; cheaper to include than a unique_ptr
};

}  // namespace quantum
