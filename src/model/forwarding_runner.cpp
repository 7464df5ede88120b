#include "quantum/runner/forwarding_runner.hpp"

#include <utility>

namespace quantum {

ForwardingRunner::ForwardingRunner(std::unique_ptr<Runner> inner) : inner_(std::move(inner)) {}

ForwardingRunner::~ForwardingRunner() = default;

void ForwardingRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    inner_->start(executions, stand_in(observer));
}

void ForwardingRunner::stop(const ExecutionId& execution, StopSignal signal) {
    inner_->stop(execution, signal);
}

void ForwardingRunner::adopt(std::span<const Execution> executions, RunObserver& observer) {
    inner_->adopt(executions, stand_in(observer));
}

bool ForwardingRunner::has_handler(std::string_view name) const {
    return inner_->has_handler(name);
}

bool ForwardingRunner::add_handler(const std::string& name,
                                   std::shared_ptr<const Handler> handler) {
    return inner_->add_handler(name, std::move(handler));
}

std::shared_ptr<const CapturedOutput> ForwardingRunner::output_so_far(
    const ExecutionId& execution) {
    return inner_->output_so_far(execution);
}

std::unique_ptr<RunObserver> ForwardingRunner::watch(RunObserver& /*observer*/) { return nullptr; }

void ForwardingRunner::end_runs() { inner_.reset(); }

RunObserver& ForwardingRunner::stand_in(RunObserver& observer) {
    const detail::MutexLock lock(mutex_);
    const auto [place, is_new] = observers_.try_emplace(&observer);
    if (is_new) place->second = watch(observer);
    return place->second ? *place->second : observer;
}

}  // namespace quantum
