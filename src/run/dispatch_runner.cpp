#include "run/dispatch_runner.hpp"

#include <algorithm>
#include <variant>

#include "quantum/job.hpp"

namespace quantum::run {

Runner& DispatchRunner::runner_of(const Execution& execution) const {
    const Task& task = execution.job->task();
    if (task.kind() == TaskKind::command) return commands_;
    if (requests_ != nullptr && request_of(task) != nullptr) return *requests_;
    return functions_;
}

void DispatchRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    // In runs of one kind: nothing is copied, and most spans are a single run.
    while (!executions.empty()) {
        Runner& runner = runner_of(executions.front());
        std::size_t length = 1;
        while (length < executions.size() && &runner_of(executions[length]) == &runner) ++length;
        runner.start(executions.first(length), observer);
        executions = executions.subspan(length);
    }
}

void DispatchRunner::start_moved(std::vector<Execution>&& executions, RunObserver& observer) {
    const bool all_functions = std::all_of(
        executions.begin(), executions.end(),
        [this](const Execution& execution) { return &runner_of(execution) == &functions_; });
    if (!all_functions) return start(executions, observer);
    functions_.start_moved(std::move(executions), observer);
}

void DispatchRunner::stop(const ExecutionId& execution, StopSignal signal) {
    // Only one of them knows it; to the others it is nothing.
    commands_.stop(execution, signal);
    functions_.stop(execution, signal);
    if (requests_ != nullptr) requests_->stop(execution, signal);
}

}  // namespace quantum::run
