#include "quantum/runner/runner.hpp"

#include <utility>

namespace quantum {

void Runner::adopt(std::span<const Execution> executions, RunObserver& observer) {
    for (const Execution& execution : executions) {
        Outcome outcome;
        outcome.kind = OutcomeKind::lost;
        outcome.reason = "the scheduler ended while it ran";
        observer.finished(execution, std::move(outcome));
    }
}

}  // namespace quantum
