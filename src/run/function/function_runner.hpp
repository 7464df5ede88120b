#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/task.hpp"

#include "run/function/function_calls.hpp"
#include "run/function/worker_pool.hpp"

namespace quantum::run {

struct FunctionRunnerOptions {
    /// The number of threads kept once started. 0: the number of processors.
    std::size_t threads = 0;

    /// The maximum number of threads if all of them are blocked. At least `threads`.
    std::size_t most_threads = 512;

    /// How long work may wait while all threads are blocked before another thread is started.
    Duration patience = std::chrono::milliseconds(10);

    /// How long a thread beyond `threads` waits for work before it ends.
    Duration idle{};

    std::map<std::string, Handler, std::less<>> handlers{};
};

/// Runs functions and registered handlers on a pool of threads.
///
/// Threads are started when there is work. If functions wait for something and block all threads,
/// more are started one by one, so that a slow function does not delay others; they end when there
/// has been nothing for them to do for `idle`.
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
    /// Adds one, or replaces it for runs that start from now on.
    void add_handler(const std::string& name, std::shared_ptr<const Handler> handler);

    /// The current number of threads.
    [[nodiscard]] std::size_t threads() const;

private:
    FunctionCalls calls_;
    const std::shared_ptr<WorkerPool> pool_;
};

}  // namespace quantum::run
