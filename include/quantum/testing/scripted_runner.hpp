#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/runner/runner.hpp"

namespace quantum {

/// What one run does, on the clock's time.
struct Script {
    /// How long it takes; none: for ever, until it is stopped or `finish` is called.
    std::optional<Duration> duration = Duration::zero();
    OutcomeKind outcome = OutcomeKind::succeeded;
    int exit_code = 0;
    std::string reason = {};
    std::string result = {};
    /// Lines of standard output, told when it ends.
    std::vector<std::string> lines = {};
    /// It goes on when asked to terminate; only a kill ends it.
    bool ignores_terminate = false;
    /// How long it waits, for a thread as it were, before its work begins.
    Duration waits = Duration::zero();
};

/// A Runner that does no work: it reports the ends that were written down for it. A run of a
/// command ends at its timeout at the latest, as timed out; `Command::kill_after` later where it
/// ignores being told to.
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
    /// What is under way is lost, and its observers are told so.
    ~ScriptedRunner() override;
    ScriptedRunner(const ScriptedRunner&) = delete;
    ScriptedRunner& operator=(const ScriptedRunner&) = delete;

    /// From now on runs of `job` follow `script`.
    void script(const std::string& job, Script script);
    /// For jobs without a script of their own.
    void script_others(Script script);
    /// Decides run by run; goes before both of the above where it answers.
    void script_with(std::function<std::optional<Script>(const Execution&)> choose);

    /// The same scripts as another runner's.
    void copy_scripts(const ScriptedRunner& other);
    /// The process dies: whatever is under way is lost, and nothing that is started from now on
    /// happens. The runs so far stay to be looked at, without an end.
    void abandon();

    /// Ends every run that is under way now.
    void finish_all(const Outcome& outcome);

    /// Ends a run now. False if no such run is under way.
    bool finish(const ExecutionId& execution, Outcome outcome);

    /// All runs so far, in the order they were started.
    [[nodiscard]] std::vector<Run> runs() const;
    [[nodiscard]] std::vector<Run> runs_of(const std::string& job) const;
    [[nodiscard]] std::size_t running() const;

    /// Keeps no list of the runs from now on; for simulations of years.
    void forget_runs();

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;

private:
    struct UnderWay {
        Execution execution;
        Script script;
        RunObserver* observer = nullptr;
        std::optional<Clock::TimerId> timer;
        std::optional<BootTime> began;  ///< none: it waits
        std::optional<std::size_t> record;
    };

    void start_one(const Execution& execution, RunObserver& observer);
    void begin(const ExecutionId& execution);
    void keep_timer(const ExecutionId& execution, Clock::TimerId timer);
    void end_by_script(const ExecutionId& execution);

    Clock& clock_;
    mutable std::mutex mutex_;  // a leaf; no observer is called while it is held
    std::map<std::string, Script> scripts_;
    Script others_;
    std::function<std::optional<Script>(const Execution&)> choose_;
    std::map<ExecutionId, UnderWay> under_way_;
    std::vector<Run> runs_;
    bool keep_runs_ = true;
    bool abandoned_ = false;
};

}  // namespace quantum
