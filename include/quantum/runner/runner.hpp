#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/execution.hpp"

namespace quantum {

/// What a Runner reports. Implemented by the scheduler; the calls only hand over and return.
///
/// Thread-safety: every method may be called from any thread.
class RunObserver {
public:
    virtual ~RunObserver() = default;

    /// The work of `execution` began at `at`; `pid` is the child's, or 0 where there is none. The
    /// same instant stands in the outcome (`Outcome::started`).
    virtual void started(const Execution& execution, BootTime at, int pid) = 0;

    /// One line of output, without its newline. A line of more than 64 KiB comes in pieces.
    /// The view is valid during the call only.
    virtual void output(const Execution& execution, OutputChannel channel,
                        std::string_view line) = 0;

    /// The last word about `execution`: exactly once for each that was handed to `start`,
    /// after all of its output.
    virtual void finished(const Execution& execution, Outcome outcome) = 0;

    /// The same, from a runner that keeps output. What `output` holds goes when the last owner
    /// does. Unless overridden, it is let go.
    // NOLINTNEXTLINE(performance-unnecessary-value-param): who overrides it keeps the output
    virtual void finished_with_output(const Execution& execution, Outcome outcome,
                                      std::shared_ptr<const CapturedOutput> /*output*/) {
        finished(execution, std::move(outcome));
    }

    /// Lines that came faster than the runner hands them on, and that `output` was not called for.
    virtual void output_left_out(const Execution& /*execution*/, std::uint64_t /*lines*/,
                                 std::uint64_t /*bytes*/) {}

protected:
    RunObserver() = default;
    RunObserver(const RunObserver&) = default;
    RunObserver& operator=(const RunObserver&) = default;
};

/// How strongly to end a run.
enum class StopSignal : unsigned char { terminate, kill };

/// The outside world: does the work of executions.
///
/// Real: functions on a pool of threads, commands as child processes. Simulated: scripted outcomes
/// and durations.
///
/// Every execution that was started is reported, at the latest while the runner is destroyed.
///
/// Thread-safety: every method may be called from any thread; none waits for work to finish.
class Runner {
public:
    virtual ~Runner() = default;

    /// Begins the work of each execution. `observer` outlives every run.
    /// What cannot be begun is reported through `finished` like any other end.
    virtual void start(std::span<const Execution> executions, RunObserver& observer) = 0;

    /// The same, and whoever calls needs them no more: a runner that keeps them moves them away,
    /// all of them or, where it throws, none. As it stands here: `start`.
    virtual void start_moved(std::vector<Execution>&& executions, RunObserver& observer) {
        start(executions, observer);
    }

    /// Asks one run to end; its `finished` says how it did. Unknown or finished: nothing.
    virtual void stop(const ExecutionId& execution, StopSignal signal) = 0;

    /// Takes over runs that an earlier process began and whose end nobody saw: `finished` with
    /// `lost` for each, when nothing of it runs any more. As it stands here: at once.
    virtual void adopt(std::span<const Execution> executions, RunObserver& observer);

protected:
    Runner() = default;
    Runner(const Runner&) = default;
    Runner& operator=(const Runner&) = default;
};

}  // namespace quantum
