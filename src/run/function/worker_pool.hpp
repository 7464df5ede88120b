#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/runner/function_threads.hpp"
#include "quantum/runner/runner.hpp"

#include "base/mutex.hpp"
#include "run/function/batch_queue.hpp"

namespace quantum::run {

class FunctionCalls;

/// The threads on which functions run, and what waits for one: batches of executions, and
/// coroutines that go on.
///
/// Owned by FunctionRunner, which closes it; held by a shared pointer because a coroutine that goes
/// on may find it gone. Thread-safety: any thread. The mutex is a leaf: no user code and no
/// observer is called while it is held.
class WorkerPool : public std::enable_shared_from_this<WorkerPool> {
public:
    /// `calls` does what is to be done for one execution, on the pool's threads.
    WorkerPool(Clock& clock, FunctionCalls& calls, FunctionThreads options);

    void add(std::vector<Execution>&& executions, RunObserver& observer) QUANTUM_EXCLUDES(mutex_);
    /// The coroutine of a run goes on.
    void resume(std::coroutine_handle<> coroutine, const ExecutionId& id, RunObserver& observer)
        QUANTUM_EXCLUDES(mutex_);
    /// One that has not begun is reported as killed. False if there is none.
    bool take_out(const ExecutionId& id) QUANTUM_EXCLUDES(mutex_);
    /// The same for all that have not begun.
    void take_all_out() QUANTUM_EXCLUDES(mutex_);
    /// Waits for the threads. Nothing may be added any more.
    void close() QUANTUM_EXCLUDES(mutex_);

    /// Threads at this moment.
    [[nodiscard]] std::size_t threads() const QUANTUM_EXCLUDES(mutex_);

private:
    struct Resumed {
        std::coroutine_handle<> coroutine{};
        ExecutionId id;
        RunObserver* observer = nullptr;
    };
    /// One of both; neither: the thread is to end.
    struct Work {
        std::shared_ptr<ExecutionBatch> span;
        std::optional<Resumed> resumed;
    };

    [[nodiscard]] bool has_work() QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] std::uint64_t progress() const QUANTUM_REQUIRES(mutex_);
    [[nodiscard]] std::size_t rouse(bool is_first) QUANTUM_REQUIRES(mutex_);
    bool add_thread() QUANTUM_REQUIRES(mutex_);
    void join_ended() QUANTUM_REQUIRES(mutex_);
    void watch() QUANTUM_REQUIRES(mutex_);
    void look_again(std::uint64_t seen) QUANTUM_EXCLUDES(mutex_);
    void run() QUANTUM_EXCLUDES(mutex_);
    void work_off(ExecutionBatch& span) QUANTUM_EXCLUDES(mutex_);
    [[nodiscard]] Work next_work(bool& flows) QUANTUM_EXCLUDES(mutex_);
    void look_out(std::chrono::steady_clock::time_point begun) QUANTUM_REQUIRES(mutex_);
    void wake_another() QUANTUM_EXCLUDES(mutex_);
    void watch_idle() QUANTUM_REQUIRES(mutex_);
    void end_idle() QUANTUM_EXCLUDES(mutex_);
    void end_thread() QUANTUM_REQUIRES(mutex_);

    Clock& clock_;
    FunctionCalls& calls_;
    FunctionThreads options_;

    mutable base::Mutex mutex_;
    std::condition_variable_any wake_;
    BatchQueue waiting_ QUANTUM_GUARDED_BY(mutex_);
    std::deque<Resumed> waiting_to_go_on_ QUANTUM_GUARDED_BY(mutex_);
    std::uint64_t gone_on_ QUANTUM_GUARDED_BY(mutex_) = 0;
    std::atomic<std::uint64_t> spans_come_{0};  // changed under the mutex, looked at without
    std::vector<std::thread> threads_ QUANTUM_GUARDED_BY(mutex_);
    std::vector<std::thread::id> ended_ QUANTUM_GUARDED_BY(mutex_);
    std::size_t alive_ QUANTUM_GUARDED_BY(mutex_) = 0;
    std::size_t asleep_ QUANTUM_GUARDED_BY(mutex_) = 0;
    bool on_watch_ QUANTUM_GUARDED_BY(mutex_) = false;  // a thread looks for work without sleeping
    std::optional<Clock::TimerId> patience_timer_ QUANTUM_GUARDED_BY(mutex_);
    std::optional<Clock::TimerId> idle_timer_ QUANTUM_GUARDED_BY(mutex_);
    std::size_t least_asleep_ QUANTUM_GUARDED_BY(mutex_) = 0;  // since that timer was set
    std::size_t to_end_ QUANTUM_GUARDED_BY(mutex_) = 0;        // of those asleep
    bool stopping_ QUANTUM_GUARDED_BY(mutex_) = false;
};

}  // namespace quantum::run
