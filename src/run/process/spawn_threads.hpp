#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "quantum/clock.hpp"

namespace quantum::run {

/// Threads on which children are started. Starting a child blocks until it has executed its
/// program, which can take time on a busy machine or a slow file system, and the event loop cannot
/// wait.
///
/// Work is queued in lanes, one per user that commands run as. A lane uses a limited number of
/// threads, and waiting lanes take turns, so that work that hangs blocks only its own lane.
///
/// Threads start with the first work; a few of them sleep when there is none, the others end. Their
/// signals are blocked. Thread-safety: `submit` may be called from any thread; `stop` and the
/// destructor by the owner.
class SpawnThreads {
public:
    struct Limits {
        std::size_t lane;  ///< concurrent work per lane
        std::size_t all;   ///< total concurrent work
    };

    explicit SpawnThreads(Limits limits);
    ~SpawnThreads() { stop(std::chrono::hours(24)); }
    SpawnThreads(const SpawnThreads&) = delete;
    SpawnThreads& operator=(const SpawnThreads&) = delete;

    /// Runs `work`, which must not throw, on one of the threads. Returns false after `stop`, or if
    /// no thread is available for it; it is then not run.
    [[nodiscard]] bool submit(const std::string& lane, std::function<void()> work);

    /// Ends the threads after the work they have started; other work is never started. Work that
    /// has not ended within `patience` is left alone, and what it holds is never released. May be
    /// called twice.
    void stop(Duration patience);

private:
    class Crew;
    std::shared_ptr<Crew> crew_;
};

}  // namespace quantum::run
