#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/detail/mutex.hpp"
#include "quantum/runner/runner.hpp"

namespace quantum {

/// What a run does, on the clock's time.
struct Script {
    /// How long it takes; none: forever, until it is stopped or `finish` is called.
    std::optional<Duration> duration = Duration::zero();
    OutcomeKind outcome = OutcomeKind::succeeded;
    int exit_code = 0;
    std::string reason = {};
    std::string result = {};
    /// Lines of standard output, reported when it ends.
    std::vector<std::string> lines = {};
    /// It ignores requests to terminate; only a kill ends it.
    bool ignores_terminate = false;
    /// How long it waits, as if for a thread, before its work begins.
    Duration waits = Duration::zero();
};

/// A Runner that does no work: it reports scripted ends. A command run ends at its timeout at the
/// latest, as timed out, or `Command::kill_after` later if it ignores requests to terminate.
///
///     ScriptedRunner runner(clock);
///     runner.script("report", {.duration = 90s, .outcome = OutcomeKind::failed});
///
/// Thread-safety: every method may be called from any thread.
class ScriptedRunner final : public Runner {
public:
    /// One run as it happened.
    struct Run {
        Execution execution;
        WallTime started;
        std::optional<WallTime> ended;
        std::optional<Outcome> outcome;
        BootTime started_boot;  ///< the same instants on the clock that never jumps
        std::optional<BootTime> ended_boot;
        bool began = true;  ///< false: it waits still, or was told to end before; `started` is then
                            ///< when it was handed over
    };

    explicit ScriptedRunner(Clock& clock);
    /// Runs in progress are lost, and their observers are notified.
    ~ScriptedRunner() override;
    ScriptedRunner(const ScriptedRunner&) = delete;
    ScriptedRunner& operator=(const ScriptedRunner&) = delete;

    /// From now on, runs of `job` follow `script`.
    void script(const std::string& job, Script script);
    /// The script for jobs without their own.
    void script_others(Script script);
    /// Chooses a script for each run; takes precedence over both of the above if it returns one.
    void script_with(std::function<std::optional<Script>(const Execution&)> choose);

    /// Uses the same scripts as another runner.
    void copy_scripts(const ScriptedRunner& other);
    /// The process dies: all runs in progress are lost, and nothing started from now on happens.
    /// The runs so far can still be inspected, without an end.
    void abandon();

    /// Ends every run in progress.
    void finish_all(const Outcome& outcome);

    /// Ends a run now. Returns false if no such run is in progress.
    bool finish(const ExecutionId& execution, Outcome outcome);

    /// All runs so far, in the order they were started.
    [[nodiscard]] std::vector<Run> runs() const;
    [[nodiscard]] std::vector<Run> runs_of(const std::string& job) const;
    [[nodiscard]] std::size_t running() const;

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;

private:
    struct UnderWay {
        Execution execution;
        Script script;
        RunObserver* observer = nullptr;
        std::optional<Clock::TimerId> timer;
        std::optional<BootTime> began;  ///< none: it is waiting
        std::optional<std::size_t> record;
    };

    void start_one(const Execution& execution, RunObserver& observer);
    void begin(const ExecutionId& execution);
    void keep_timer(const ExecutionId& execution, Clock::TimerId timer);
    void end_by_script(const ExecutionId& execution);

    Clock& clock_;
    mutable detail::Mutex mutex_;  // a leaf: no observer is called while it is held
    std::map<std::string, Script> scripts_ QUANTUM_GUARDED_BY(mutex_);
    Script others_ QUANTUM_GUARDED_BY(mutex_);
    std::function<std::optional<Script>(const Execution&)> choose_ QUANTUM_GUARDED_BY(mutex_);
    std::map<ExecutionId, UnderWay> under_way_ QUANTUM_GUARDED_BY(mutex_);
    std::vector<Run> runs_ QUANTUM_GUARDED_BY(mutex_);
    bool abandoned_ QUANTUM_GUARDED_BY(mutex_) = false;
};

}  // namespace quantum
