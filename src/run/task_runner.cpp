#include "run/task_runner.hpp"

#include <variant>

#include "quantum/job.hpp"

namespace quantum {
namespace {

bool is_command(const Execution& execution) { return command_of(execution.job->task()) != nullptr; }

}  // namespace

void DispatchRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    // In runs of one kind: nothing is copied, and most spans are a single run.
    while (!executions.empty()) {
        const bool command = is_command(executions.front());
        std::size_t length = 1;
        while (length < executions.size() && is_command(executions[length]) == command) ++length;
        (command ? commands_ : functions_).start(executions.first(length), observer);
        executions = executions.subspan(length);
    }
}

void DispatchRunner::stop(const ExecutionId& execution, StopSignal signal) {
    // Only one of them knows it; to the other it is nothing.
    commands_.stop(execution, signal);
    functions_.stop(execution, signal);
}

}  // namespace quantum
