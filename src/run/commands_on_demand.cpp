#include "run/commands_on_demand.hpp"

#include "quantum/execution.hpp"

#include "model/command_support.hpp"

namespace quantum::run {

Runner* CommandsOnDemand::runner() {
    if (Runner* const known = runner_.load(std::memory_order_acquire)) return known;
    const model::CommandRunnerMaker maker = model::command_runner_maker.load();
    if (maker == nullptr) return nullptr;
    const base::MutexLock lock(making_);
    if (!made_) {
        made_ = maker(loop_, clock_, node_, output_);
        runner_.store(made_.get(), std::memory_order_release);
    }
    return made_.get();
}

void CommandsOnDemand::start(std::span<const Execution> executions, RunObserver& observer) {
    if (Runner* const commands = runner()) return commands->start(executions, observer);
    for (const Execution& execution : executions) {
        Outcome outcome;
        outcome.kind = OutcomeKind::failed;
        outcome.reason = "this program runs no commands";
        observer.finished(execution, std::move(outcome));
    }
}

void CommandsOnDemand::stop(const ExecutionId& execution, StopSignal signal) {
    Runner* const commands = runner_.load(std::memory_order_acquire);
    if (commands != nullptr) commands->stop(execution, signal);
}

void CommandsOnDemand::adopt(std::span<const Execution> executions, RunObserver& observer) {
    Runner* const commands = runner();
    if (commands == nullptr) return Runner::adopt(executions, observer);
    commands->adopt(executions, observer);
}

}  // namespace quantum::run
