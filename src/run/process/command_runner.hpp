#pragma once

#include <span>
#include <utility>

#include "quantum/clock.hpp"
#include "quantum/runner/runner.hpp"

#include "run/process/child_runner.hpp"
#include "run/process/orphans.hpp"

namespace quantum::base {
class EventLoop;
}  // namespace quantum::base

namespace quantum::run {

/// Commands of this process, and what is left of those of an earlier one.
///
/// The rules for destroying ChildRunner apply. Thread-safety: that of Runner.
class CommandRunner final : public Runner {
public:
    CommandRunner(base::EventLoop& loop, Clock& clock, ChildRunnerOptions options,
                  OrphanOptions orphans)
        : commands_(loop, clock, std::move(options)), orphans_(loop, clock, std::move(orphans)) {}

    void start(std::span<const Execution> executions, RunObserver& observer) override {
        commands_.start(executions, observer);
    }
    void stop(const ExecutionId& execution, StopSignal signal) override {
        // Only one of them knows it.
        commands_.stop(execution, signal);
        orphans_.stop(execution, signal);
    }
    void adopt(std::span<const Execution> executions, RunObserver& observer) override {
        orphans_.adopt(executions, observer);
    }
    void allow_run_as(AllowedAccounts accounts) { commands_.allow_run_as(std::move(accounts)); }

private:
    ChildRunner commands_;
    Orphans orphans_;
};

}  // namespace quantum::run
