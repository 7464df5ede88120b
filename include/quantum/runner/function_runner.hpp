#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/keep_output.hpp"
#include "quantum/runner/function_threads.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/task.hpp"

namespace quantum::run {
class FunctionCalls;
class WorkerPool;
}  // namespace quantum::run

namespace quantum {

struct FunctionRunnerOptions {
    FunctionThreads threads = {};
    /// The handlers that a `HandlerCall` can name.
    std::map<std::string, Handler, std::less<>> handlers = {};
    /// Whether what tasks write (`ExecutionContext::log`, `out`) is kept.
    OutputSetting output = {};
};

/// Runs functions, coroutines and registered handlers on a pool of threads.
///
/// Threads are started when there is work. If functions wait for something and block all threads,
/// more are started one by one, so that a slow function does not delay others; they end when there
/// has been nothing for them to do for `FunctionThreads::idle`.
///
/// If a function throws, the run fails with the exception's text as the reason. A function cannot
/// be terminated from outside: `stop` removes it if it has not started, and otherwise sets its stop
/// token and leaves it alone. A coroutine occupies a thread only while it runs, not while it waits.
///
/// Thread-safety: that of Runner. The observer is called on the pool's threads. The clock must
/// outlive it. The destructor reports functions that have not started as killed, asks the others to
/// stop, and waits for them.
class FunctionRunner final : public Runner {
public:
    explicit FunctionRunner(Clock& clock, FunctionRunnerOptions options = {});
    ~FunctionRunner() override;
    FunctionRunner(const FunctionRunner&) = delete;
    FunctionRunner& operator=(const FunctionRunner&) = delete;

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void start_moved(std::vector<Execution>&& executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;
    [[nodiscard]] bool has_handler(std::string_view name) const override;
    bool add_handler(const std::string& name, std::shared_ptr<const Handler> handler) override;
    [[nodiscard]] std::shared_ptr<const CapturedOutput> output_so_far(
        const ExecutionId& execution) override;

    /// The current number of threads.
    [[nodiscard]] std::size_t threads() const;

private:
    const std::unique_ptr<run::FunctionCalls> calls_;
    const std::shared_ptr<run::WorkerPool> pool_;
};

}  // namespace quantum
