#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "quantum/clock.hpp"
#include "quantum/keep_output.hpp"
#include "quantum/runner/runner.hpp"

#include "base/mutex.hpp"

namespace quantum::base {
class EventLoop;
}  // namespace quantum::base

namespace quantum::run {

/// Creates the runner of commands when it is first needed; see `support_commands`. Where no command
/// has ever been made, runs of an earlier process are reported as lost.
///
/// Thread-safety: that of Runner.
class CommandsOnDemand final : public Runner {
public:
    CommandsOnDemand(base::EventLoop& loop, Clock& clock, std::string node, OutputSetting output)
        : loop_(loop), clock_(clock), node_(std::move(node)), output_(std::move(output)) {}

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;
    void adopt(std::span<const Execution> executions, RunObserver& observer) override;

private:
    /// Null where the program has made no command.
    [[nodiscard]] Runner* runner();

    base::EventLoop& loop_;
    Clock& clock_;
    const std::string node_;
    const OutputSetting output_;
    base::Mutex making_;  // nothing is called that comes back
    std::unique_ptr<Runner> made_ QUANTUM_GUARDED_BY(making_);
    std::atomic<Runner*> runner_{nullptr};
};

}  // namespace quantum::run
