#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "quantum/clock.hpp"

namespace quantum {

/// Threads that children are started on. Whoever starts a child waits until it has executed its
/// program: on a busy machine, or with a slow file system, that takes its time, and the event loop
/// has none.
///
/// Work stands in lanes, one for each user that commands run as. A lane has so many threads at
/// most, and lanes that wait have their turns one after the other: work that hangs holds up its own
/// lane.
///
/// Threads start with the first work and sleep when there is none, a few; others end. Their signals
/// are blocked. Thread-safety: `submit` may be called from any thread; `stop` and the destructor
/// from the owner.
class SpawnThreads {
public:
    struct Limits {
        std::size_t lane;  ///< works of one lane at a time
        std::size_t all;   ///< works at a time
    };

    explicit SpawnThreads(Limits limits);
    ~SpawnThreads() { stop(std::chrono::hours(24)); }
    SpawnThreads(const SpawnThreads&) = delete;
    SpawnThreads& operator=(const SpawnThreads&) = delete;

    /// Runs `work`, which lets no exception escape, on one of the threads. False after `stop`, and
    /// where the machine has no thread left for it: then it is not run.
    [[nodiscard]] bool submit(const std::string& lane, std::function<void()> work);

    /// Ends the threads after what they have begun; what was not begun never is. Work that has not
    /// ended within `patience` is left alone: what it holds is never released. Twice is fine.
    void stop(Duration patience);

private:
    class Crew;
    std::shared_ptr<Crew> crew_;
};

}  // namespace quantum
