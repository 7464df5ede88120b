#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"

namespace quantum::run {

/// Passes each execution to the runner for its kind of task: commands to one, requests to another
/// if there is one, everything else to the one for functions. They must outlive it.
class DispatchRunner final : public Runner {
public:
    DispatchRunner(Runner& functions, Runner& commands, Runner* requests = nullptr)
        : functions_(functions), commands_(commands), requests_(requests) {}

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void start_moved(std::vector<Execution>&& executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;
    [[nodiscard]] bool has_handler(std::string_view name) const override {
        return functions_.has_handler(name);
    }

private:
    [[nodiscard]] Runner& runner_of(const Execution& execution) const;

    Runner& functions_;
    Runner& commands_;
    Runner* requests_;
};

}  // namespace quantum::run
