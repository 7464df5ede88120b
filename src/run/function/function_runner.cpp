#include "run/function/function_runner.hpp"

#include <coroutine>
#include <memory>
#include <utility>

namespace quantum::run {

FunctionRunner::FunctionRunner(Clock& clock, FunctionRunnerOptions options)
    : calls_(clock, std::move(options.handlers)),
      pool_(std::make_shared<WorkerPool>(clock, calls_,
                                         WorkerPool::Options{options.threads, options.most_threads,
                                                             options.patience, options.idle})) {
    calls_.resume_on([weak = std::weak_ptr(pool_)](std::coroutine_handle<> coroutine,
                                                   const Execution& of, RunObserver& observer) {
        if (const auto pool = weak.lock()) pool->resume(coroutine, of.id, observer);
    });
}

FunctionRunner::~FunctionRunner() {
    pool_->take_all_out();
    calls_.end_all();
    pool_->close();
}

void FunctionRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    start_moved({executions.begin(), executions.end()}, observer);
}

void FunctionRunner::start_moved(std::vector<Execution>&& executions, RunObserver& observer) {
    if (!executions.empty()) pool_->add(std::move(executions), observer);
}

void FunctionRunner::stop(const ExecutionId& execution, StopSignal /*signal*/) {
    if (!calls_.ask_to_end(execution)) pool_->take_out(execution);
}

bool FunctionRunner::has_handler(std::string_view name) const { return calls_.has_handler(name); }

void FunctionRunner::add_handler(const std::string& name, std::shared_ptr<const Handler> handler) {
    calls_.add_handler(name, std::move(handler));
}

std::size_t FunctionRunner::threads() const { return pool_->threads(); }

}  // namespace quantum::run
