#include "run/task_runner.hpp"

#include <utility>

#include "quantum/keep_output.hpp"

#include "run/process/command_runner.hpp"

namespace quantum::run {

struct TaskRunner::Made {
    Made(base::EventLoop& loop, Clock& clock, TaskRunnerOptions options) {
        auto own = std::make_unique<CommandRunner>(loop, clock, std::move(options.commands),
                                                   std::move(options.orphans));
        commands = own.get();
        runners.functions = std::make_unique<FunctionRunner>(clock, std::move(options.functions));
        runners.commands = std::move(own);
        if (options.http) runners.requests = options.http(loop, clock, OutputSetting());
    }

    RunnersByTask runners;
    CommandRunner* commands = nullptr;
};

TaskRunner::TaskRunner(base::EventLoop& loop, Clock& clock, TaskRunnerOptions options)
    : TaskRunner(Made(loop, clock, std::move(options))) {}

TaskRunner::TaskRunner(Made made)
    : CombinedRunner(std::move(made.runners)), commands_(*made.commands) {}

void TaskRunner::allow_run_as(AllowedAccounts accounts) {
    commands_.allow_run_as(std::move(accounts));
}

}  // namespace quantum::run
