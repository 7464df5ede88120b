#include "quantum/runner/forwarding_observer.hpp"

#include <utility>

#include "model/mutant.hpp"

namespace quantum {

void ForwardingObserver::started(const Execution& execution, BootTime at, int pid) {
    inner_.started(execution, at, pid);
}

void ForwardingObserver::output(const Execution& execution, OutputChannel channel,
                                std::string_view line) {
    inner_.output(execution, channel, line);
}

void ForwardingObserver::finished(const Execution& execution, Outcome outcome) {
    finished_with_output(execution, std::move(outcome), nullptr);
}

void ForwardingObserver::finished_with_output(const Execution& execution, Outcome outcome,
                                              std::shared_ptr<const CapturedOutput> output) {
    if (mutated(model::ModelMutant::wrapper_drops_output)) output.reset();
    inner_.finished_with_output(execution, std::move(outcome), std::move(output));
}

void ForwardingObserver::output_left_out(const Execution& execution, std::uint64_t lines,
                                         std::uint64_t bytes) {
    inner_.output_left_out(execution, lines, bytes);
}

}  // namespace quantum
