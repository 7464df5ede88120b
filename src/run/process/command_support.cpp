#include "model/command_support.hpp"

#include <utility>

#include "run/process/orphans.hpp"
#include "run/process/process_runner.hpp"

namespace quantum::run {
namespace {

/// Commands of this process, and what is left of an earlier one's.
class CommandRunner final : public Runner {
public:
    CommandRunner(base::EventLoop& loop, Clock& clock, ProcessRunnerOptions options)
        : commands_(loop, clock, std::move(options)), orphans_(loop, clock) {}

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

private:
    ProcessRunner commands_;
    Orphans orphans_;
};

std::unique_ptr<Runner> make_command_runner(base::EventLoop& loop, Clock& clock, std::string node) {
    ProcessRunnerOptions options;
    options.node = std::move(node);
    return std::make_unique<CommandRunner>(loop, clock, std::move(options));
}

}  // namespace
}  // namespace quantum::run

void quantum::model::support_commands() { command_runner_maker.store(&run::make_command_runner); }
