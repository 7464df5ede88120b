#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.hpp"

namespace quantum {

/// A few threads that children are started on. Whoever starts a child waits until it has executed
/// its program: on a busy machine, or with a slow file system, that takes its time, and the event
/// loop has none.
///
/// Threads start with the first work and sleep when there is none; their signals are blocked.
/// Thread-safety: `submit` may be called from any thread; `stop` and the destructor from the owner.
class SpawnThreads {
public:
    explicit SpawnThreads(std::size_t most) : most_(most) {}
    ~SpawnThreads() { stop(); }
    SpawnThreads(const SpawnThreads&) = delete;
    SpawnThreads& operator=(const SpawnThreads&) = delete;

    /// Runs `work`, which lets no exception escape, on one of the threads. False after `stop`, and
    /// where the machine has no thread left for it: then it is not run.
    [[nodiscard]] bool submit(std::function<void()> work) QUANTUM_EXCLUDES(mutex_);

    /// Ends the threads after what they have begun; what was not begun never is. Twice is fine.
    void stop() QUANTUM_EXCLUDES(mutex_);

private:
    void run() noexcept QUANTUM_EXCLUDES(mutex_);

    const std::size_t most_;
    Mutex mutex_;  // a leaf
    std::condition_variable_any wake_;
    std::deque<std::function<void()>> waiting_ QUANTUM_GUARDED_BY(mutex_);
    std::vector<std::thread> threads_ QUANTUM_GUARDED_BY(mutex_);
    std::size_t idle_ QUANTUM_GUARDED_BY(mutex_) = 0;
    bool stopping_ QUANTUM_GUARDED_BY(mutex_) = false;
};

}  // namespace quantum
