#include "quantum/runner/combined_runner.hpp"

#include <algorithm>
#include <utility>

#include "quantum/job.hpp"

namespace quantum {

CombinedRunner::CombinedRunner(RunnersByTask runners) : runners_(std::move(runners)) {}

CombinedRunner::~CombinedRunner() = default;

Runner* CombinedRunner::runner_of(const Execution& execution) const {
    const Task& task = execution.job->task();
    if (runners_.commands && task.kind() == TaskKind::command) return runners_.commands.get();
    if (runners_.requests && task.kind() == TaskKind::request) return runners_.requests.get();
    return runners_.functions.get();
}

void CombinedRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    // In runs of one kind: nothing is copied, and most spans are a single run.
    while (!executions.empty()) {
        Runner* const runner = runner_of(executions.front());
        std::size_t length = 1;
        while (length < executions.size() && runner_of(executions[length]) == runner) ++length;
        const auto some = executions.first(length);
        executions = executions.subspan(length);
        if (runner != nullptr) {
            runner->start(some, observer);
            continue;
        }
        for (const Execution& execution : some) {
            Outcome outcome;
            outcome.kind = OutcomeKind::failed;
            outcome.reason = "there is no runner for this kind of task";
            observer.finished(execution, std::move(outcome));
        }
    }
}

void CombinedRunner::start_moved(std::vector<Execution>&& executions, RunObserver& observer) {
    Runner* const functions = runners_.functions.get();
    const bool all_functions =
        functions != nullptr &&
        std::all_of(executions.begin(), executions.end(),
                    [&](const Execution& execution) { return runner_of(execution) == functions; });
    if (!all_functions) return start(executions, observer);
    functions->start_moved(std::move(executions), observer);
}

void CombinedRunner::stop(const ExecutionId& execution, StopSignal signal) {
    // Only one of them knows it; to the others it is nothing.
    for (Runner* const runner :
         {runners_.commands.get(), runners_.functions.get(), runners_.requests.get()}) {
        if (runner != nullptr) runner->stop(execution, signal);
    }
}

void CombinedRunner::adopt(std::span<const Execution> executions, RunObserver& observer) {
    if (!runners_.commands) return Runner::adopt(executions, observer);
    runners_.commands->adopt(executions, observer);
}

bool CombinedRunner::has_handler(std::string_view name) const {
    return runners_.functions && runners_.functions->has_handler(name);
}

bool CombinedRunner::add_handler(const std::string& name, std::shared_ptr<const Handler> handler) {
    return runners_.functions && runners_.functions->add_handler(name, std::move(handler));
}

std::shared_ptr<const CapturedOutput> CombinedRunner::output_so_far(const ExecutionId& execution) {
    for (Runner* const runner :
         {runners_.functions.get(), runners_.commands.get(), runners_.requests.get()}) {
        if (runner == nullptr) continue;
        if (auto output = runner->output_so_far(execution)) return output;
    }
    return nullptr;
}

}  // namespace quantum
