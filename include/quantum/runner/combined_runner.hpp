#pragma once

#include <memory>
#include <span>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"

namespace quantum {

/// A runner for each kind of task; each may be null.
struct RunnersByTask {
    std::unique_ptr<Runner> functions{};  ///< also for handlers and coroutines
    std::unique_ptr<Runner> commands{};
    std::unique_ptr<Runner> requests{};
};

/// Passes each execution to the runner for its kind of task. Without one, it goes to the runner for
/// functions, which reports why it cannot run; without that, it has failed.
///
/// Runs of an earlier process are passed to the runner for commands, the only one that leaves
/// anything behind; without it they are `lost`.
///
/// Thread-safety: that of Runner.
class CombinedRunner : public Runner {
public:
    explicit CombinedRunner(RunnersByTask runners);
    ~CombinedRunner() override;
    CombinedRunner(const CombinedRunner&) = delete;
    CombinedRunner& operator=(const CombinedRunner&) = delete;

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void start_moved(std::vector<Execution>&& executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;
    void adopt(std::span<const Execution> executions, RunObserver& observer) override;
    [[nodiscard]] bool has_handler(std::string_view name) const override;
    bool add_handler(const std::string& name, std::shared_ptr<const Handler> handler) override;
    [[nodiscard]] std::shared_ptr<const CapturedOutput> output_so_far(
        const ExecutionId& execution) override;

private:
    [[nodiscard]] Runner* runner_of(const Execution& execution) const;

    const RunnersByTask runners_;
};

}  // namespace quantum
