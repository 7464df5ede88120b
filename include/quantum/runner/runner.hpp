#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/execution.hpp"

namespace quantum {

class Handler;

/// Receives the reports of a Runner. Implemented by the scheduler; the calls only pass on the
/// information and return.
///
/// Thread-safety: every method may be called from any thread.
class RunObserver {
public:
    virtual ~RunObserver() = default;

    /// The work of `execution` began at `at`; `pid` is the child's, or 0 if there is none. The
    /// outcome contains the same instant (`Outcome::started`).
    virtual void started(const Execution& execution, BootTime at, int pid) = 0;

    /// A line of output, without its newline. A line longer than 64 KiB is split. The view is valid
    /// only during the call.
    virtual void output(const Execution& execution, OutputChannel channel,
                        std::string_view line) = 0;

    /// The end of `execution`: called exactly once for each that was passed to `start`, after all
    /// of its output.
    virtual void finished(const Execution& execution, Outcome outcome) = 0;

    /// The same, from a runner that captures output; null: there is none. The captured output
    /// exists until its last owner releases it. The default implementation releases it.
    virtual void finished_with_output(const Execution& execution, Outcome outcome,
                                      std::shared_ptr<const CapturedOutput> /*output*/) {
        finished(execution, std::move(outcome));
    }

    /// Reports lines that arrived faster than the runner passes them on, and for which `output` was
    /// not called.
    virtual void output_left_out(const Execution& /*execution*/, std::uint64_t /*lines*/,
                                 std::uint64_t /*bytes*/) {}

protected:
    RunObserver() = default;
    RunObserver(const RunObserver&) = default;
    RunObserver& operator=(const RunObserver&) = default;
};

/// How forcefully to end a run.
enum class StopSignal : unsigned char { terminate, kill };

/// The outside world: does the work of executions.
///
/// Real: `FunctionRunner`, `ProcessRunner`, `http_runner`, and `CombinedRunner` for several of
/// them. Simulated: `ScriptedRunner`. A runner of your own may wrap another (`ForwardingRunner`).
///
/// The end of every started execution is reported, at the latest while the runner is destroyed.
///
/// Thread-safety: every method may be called from any thread; none waits for work to finish.
class Runner {
public:
    virtual ~Runner() = default;

    /// Starts the work of each execution. `observer` outlives every run. Anything that cannot be
    /// started is reported through `finished`, like any other end.
    virtual void start(std::span<const Execution> executions, RunObserver& observer) = 0;

    /// The same for executions that the caller no longer needs: a runner that keeps them may move
    /// them, either all of them or, if it throws, none. Default: calls `start`.
    virtual void start_moved(std::vector<Execution>&& executions, RunObserver& observer) {
        start(executions, observer);
    }

    /// Asks a run to end; how it ends is reported through `finished`. No-op if it is unknown or
    /// finished.
    virtual void stop(const ExecutionId& execution, StopSignal signal) = 0;

    /// Takes over runs started by an earlier process whose end was not observed: reports each as
    /// `lost` through `finished` once none of its processes is left. Default: reports each as
    /// `lost` immediately.
    virtual void adopt(std::span<const Execution> executions, RunObserver& observer);

    /// Whether it can run a HandlerCall of this name. A job whose handler is missing is unbound:
    /// its due times wait. Default: every handler is there.
    [[nodiscard]] virtual bool has_handler(std::string_view /*name*/) const { return true; }

    /// Registers a handler, or replaces it for runs that start from now on. False, the default: its
    /// handlers are its own and stay as they are.
    virtual bool add_handler(const std::string& /*name*/,
                             std::shared_ptr<const Handler> /*handler*/) {
        return false;
    }

    /// What a run has written so far, if it is captured. Called when a function has exceeded its
    /// timeout: its attempt ends with this output, whatever the function does later. Default: null,
    /// nothing.
    [[nodiscard]] virtual std::shared_ptr<const CapturedOutput> output_so_far(
        const ExecutionId& /*execution*/) {
        return nullptr;
    }

protected:
    Runner() = default;
    Runner(const Runner&) = default;
    Runner& operator=(const Runner&) = default;
};

}  // namespace quantum
