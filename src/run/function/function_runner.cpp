#include "quantum/runner/function_runner.hpp"

#include <coroutine>
#include <memory>
#include <utility>

#include "run/function/function_calls.hpp"
#include "run/function/worker_pool.hpp"

namespace quantum {

FunctionRunner::FunctionRunner(Clock& clock, FunctionRunnerOptions options)
    : calls_(std::make_unique<run::FunctionCalls>(clock, std::move(options.handlers),
                                                  std::move(options.output))),
      pool_(std::make_shared<run::WorkerPool>(clock, *calls_, options.threads)) {
    calls_->resume_on([weak = std::weak_ptr(pool_)](std::coroutine_handle<> coroutine,
                                                    const Execution& of, RunObserver& observer) {
        if (const auto pool = weak.lock()) pool->resume(coroutine, of.id, observer);
    });
}

FunctionRunner::~FunctionRunner() {
    pool_->take_all_out();
    calls_->end_all();
    pool_->close();
}

void FunctionRunner::start(std::span<const Execution> executions, RunObserver& observer) {
    start_moved({executions.begin(), executions.end()}, observer);
}

void FunctionRunner::start_moved(std::vector<Execution>&& executions, RunObserver& observer) {
    if (!executions.empty()) pool_->add(std::move(executions), observer);
}

void FunctionRunner::stop(const ExecutionId& execution, StopSignal /*signal*/) {
    if (!calls_->ask_to_end(execution)) pool_->take_out(execution);
}

std::shared_ptr<const CapturedOutput> FunctionRunner::output_so_far(const ExecutionId& execution) {
    return calls_->output_so_far(execution);
}

bool FunctionRunner::has_handler(std::string_view name) const { return calls_->has_handler(name); }

bool FunctionRunner::add_handler(const std::string& name, std::shared_ptr<const Handler> handler) {
    calls_->add_handler(name, std::move(handler));
    return true;
}

std::size_t FunctionRunner::threads() const { return pool_->threads(); }

}  // namespace quantum
