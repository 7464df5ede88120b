#pragma once

#include <memory>

#include "quantum/clock.hpp"
#include "quantum/runner/combined_runner.hpp"
#include "quantum/runner/function_runner.hpp"
#include "quantum/runner/runner_factory.hpp"

#include "run/process/child_runner.hpp"
#include "run/process/orphans.hpp"

namespace quantum::base {
class EventLoop;
}  // namespace quantum::base

namespace quantum::run {

class CommandRunner;

struct TaskRunnerOptions {
    FunctionRunnerOptions functions{};
    ChildRunnerOptions commands{};
    RunnerFactory http{};  ///< for requests; none: they fail
    OrphanOptions orphans{};
};

/// The program's Runner: functions on a thread pool, commands as child processes, and HTTP requests
/// on the loop.
///
/// The loop and the clock must outlive it. The rules for destroying ChildRunner apply.
class TaskRunner final : public CombinedRunner {
public:
    TaskRunner(base::EventLoop& loop, Clock& clock, TaskRunnerOptions options = {});

    void allow_run_as(AllowedAccounts accounts);

private:
    struct Made;
    explicit TaskRunner(Made made);

    CommandRunner& commands_;
};

}  // namespace quantum::run
