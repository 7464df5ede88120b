#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/runner/runner_factory.hpp"

#include "run/dispatch_runner.hpp"
#include "run/function/function_runner.hpp"
#include "run/process/orphans.hpp"
#include "run/process/process_runner.hpp"

namespace quantum::base {
class EventLoop;
}  // namespace quantum::base

namespace quantum::run {

struct TaskRunnerOptions {
    FunctionRunnerOptions functions{};
    ProcessRunnerOptions commands{};
    RunnerFactory http{};  ///< for requests; none: they fail
    OrphanOptions orphans{};
};

/// The complete real Runner: functions on a thread pool, commands as child processes, and HTTP
/// requests on the loop.
///
/// The loop and the clock must outlive it. The rules for destroying ProcessRunner apply.
class TaskRunner final : public Runner {
public:
    TaskRunner(base::EventLoop& loop, Clock& clock, TaskRunnerOptions options = {})
        : functions_(clock, std::move(options.functions)),
          commands_(loop, clock, std::move(options.commands)),
          requests_(options.http ? options.http(loop, clock) : nullptr),
          dispatch_(functions_, commands_, requests_.get()),
          orphans_(loop, clock, std::move(options.orphans)) {}

    void start(std::span<const Execution> executions, RunObserver& observer) override {
        dispatch_.start(executions, observer);
    }
    void start_moved(std::vector<Execution>&& executions, RunObserver& observer) override {
        dispatch_.start_moved(std::move(executions), observer);
    }
    void stop(const ExecutionId& execution, StopSignal signal) override {
        dispatch_.stop(execution, signal);
        orphans_.stop(execution, signal);
    }
    void adopt(std::span<const Execution> executions, RunObserver& observer) override {
        orphans_.adopt(executions, observer);
    }
    void allow_run_as(AllowedAccounts accounts) { commands_.allow_run_as(std::move(accounts)); }

private:
    FunctionRunner functions_;
    ProcessRunner commands_;
    std::unique_ptr<Runner> requests_;
    DispatchRunner dispatch_;
    Orphans orphans_;
};

}  // namespace quantum::run
