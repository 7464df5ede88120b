#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/task.hpp"

#include "run/function/function_calls.hpp"
#include "run/function/worker_pool.hpp"

namespace quantum {

struct FunctionRunnerOptions {
    /// Threads kept once started. 0: as many as the machine has processors.
    std::size_t threads = 0;

    /// Up to how many there may be while all of them are held up. At least `threads`.
    std::size_t most_threads = 512;

    /// How long work may wait with every thread held up before another thread starts.
    Duration patience = std::chrono::milliseconds(10);

    std::map<std::string, Handler, std::less<>> handlers{};
};

/// Runs functions and registered handlers on a pool of threads.
///
/// Threads start with the first work. Where functions wait for something and hold up every thread,
/// more are started one by one, so that a slow function delays no other; they end when there is
/// nothing left for them.
///
/// What a function throws is the run's failure, with its text as the reason. A function cannot be
/// ended from outside: `stop` takes out what has not begun, sets the stop token of what has, and
/// leaves the rest. A coroutine holds a thread only while it runs, not while it waits.
///
/// Thread-safety: as Runner. The observer is called on the pool's threads. The clock outlives it.
/// Its destructor reports what has not begun as killed, asks what has to end, and waits for it.
class FunctionRunner final : public Runner {
public:
    explicit FunctionRunner(Clock& clock, FunctionRunnerOptions options = {});
    ~FunctionRunner() override;
    FunctionRunner(const FunctionRunner&) = delete;
    FunctionRunner& operator=(const FunctionRunner&) = delete;

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void start_moved(std::vector<Execution>&& executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;

    /// Threads at this moment.
    [[nodiscard]] std::size_t threads() const;

private:
    FunctionCalls calls_;
    const std::shared_ptr<WorkerPool> pool_;
};

}  // namespace quantum
