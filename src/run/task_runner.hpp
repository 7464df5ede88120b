#pragma once

#include <span>

#include "quantum/clock.hpp"
#include "quantum/runner.hpp"

#include "run/function_runner.hpp"
#include "run/orphans.hpp"
#include "run/process_runner.hpp"

namespace quantum {

class EventLoop;

/// Sends each execution to the runner of its kind of task: commands to one, functions and handlers
/// to the other. Both outlive it.
class DispatchRunner final : public Runner {
public:
    DispatchRunner(Runner& functions, Runner& commands)
        : functions_(functions), commands_(commands) {}

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;

private:
    Runner& functions_;
    Runner& commands_;
};

struct TaskRunnerOptions {
    FunctionRunnerOptions functions{};
    ProcessRunnerOptions commands{};
    OrphanOptions orphans{};
};

/// The real Runner, whole: functions on a pool of threads, commands as child processes on the loop.
///
/// The loop and the clock outlive it. Destroy it as ProcessRunner asks.
class TaskRunner final : public Runner {
public:
    TaskRunner(EventLoop& loop, Clock& clock, TaskRunnerOptions options = {})
        : functions_(clock, std::move(options.functions)),
          commands_(loop, clock, std::move(options.commands)),
          dispatch_(functions_, commands_),
          orphans_(loop, clock, options.orphans) {}

    void start(std::span<const Execution> executions, RunObserver& observer) override {
        dispatch_.start(executions, observer);
    }
    void stop(const ExecutionId& execution, StopSignal signal) override {
        dispatch_.stop(execution, signal);
        orphans_.stop(execution, signal);
    }
    void adopt(std::span<const Execution> executions, RunObserver& observer) override {
        orphans_.adopt(executions, observer);
    }

private:
    FunctionRunner functions_;
    ProcessRunner commands_;
    DispatchRunner dispatch_;
    Orphans orphans_;
};

}  // namespace quantum
