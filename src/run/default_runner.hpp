#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/runner/runner_factory.hpp"

#include "base/mutex.hpp"
#include "run/dispatch_runner.hpp"
#include "run/function/function_runner.hpp"

namespace quantum::run {

/// Creates the runner of commands when it is first needed; see `support_commands`. Where no command
/// has ever been made, runs of an earlier process are reported as lost.
///
/// Thread-safety: that of Runner.
class CommandsOnDemand final : public Runner {
public:
    CommandsOnDemand(base::EventLoop& loop, Clock& clock, std::string node)
        : loop_(loop), clock_(clock), node_(std::move(node)) {}

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;
    void adopt(std::span<const Execution> executions, RunObserver& observer) override;

private:
    /// Null where the program has made no command.
    [[nodiscard]] Runner* runner();

    base::EventLoop& loop_;
    Clock& clock_;
    const std::string node_;
    base::Mutex making_;  // nothing is called that comes back
    std::unique_ptr<Runner> made_ QUANTUM_GUARDED_BY(making_);
    std::atomic<Runner*> runner_{nullptr};
};

/// What a scheduler runs with if it was given no runner: functions on a thread pool, commands as
/// child processes if the program makes any, HTTP requests if it was given the component.
///
/// The loop and the clock must outlive it. The rules for destroying ProcessRunner apply.
class DefaultRunner final : public Runner {
public:
    DefaultRunner(base::EventLoop& loop, Clock& clock, FunctionRunnerOptions functions,
                  std::string node, const RunnerFactory& http)
        : functions_(clock, std::move(functions)),
          commands_(loop, clock, std::move(node)),
          requests_(http ? http(loop, clock) : nullptr),
          dispatch_(functions_, commands_, requests_.get()) {}

    void start(std::span<const Execution> executions, RunObserver& observer) override {
        dispatch_.start(executions, observer);
    }
    void start_moved(std::vector<Execution>&& executions, RunObserver& observer) override {
        dispatch_.start_moved(std::move(executions), observer);
    }
    void stop(const ExecutionId& execution, StopSignal signal) override {
        dispatch_.stop(execution, signal);
    }
    void adopt(std::span<const Execution> executions, RunObserver& observer) override {
        commands_.adopt(executions, observer);
    }
    [[nodiscard]] bool has_handler(std::string_view name) const override {
        return functions_.has_handler(name);
    }
    void add_handler(const std::string& name, std::shared_ptr<const Handler> handler) {
        functions_.add_handler(name, std::move(handler));
    }

private:
    FunctionRunner functions_;
    CommandsOnDemand commands_;
    std::unique_ptr<Runner> requests_;
    DispatchRunner dispatch_;
};

}  // namespace quantum::run
