#pragma once

#include <sys/types.h>

#include "base/mutex.hpp"

namespace quantum::run {

/// A start in progress, which another thread can give up.
///
/// A child that has not executed its program yet may hang indefinitely: its program is on a dead
/// file server or under a lease, or it was stopped. Only KILL ends that.
///
/// Owned by whoever requests the start; `spawn` and the child write to it.
class StartHandle {
public:
    /// Where the child writes its process ID, and what it reads right afterwards: one of the two
    /// sides sees the other's value.
    struct Cells {
        pid_t child = 0;
        int given_up = 0;
    };

    StartHandle() = default;
    StartHandle(const StartHandle&) = delete;
    StartHandle& operator=(const StartHandle&) = delete;

    /// Kills the child unless it has executed its program; one that does not exist yet ends itself.
    /// May be called twice.
    void give_up() QUANTUM_EXCLUDES(mutex_);
    [[nodiscard]] bool is_given_up() const;

    /// For the child.
    [[nodiscard]] Cells* cells() { return &cells_; }
    /// Called by whoever started the child, before it may be reaped: it is not killed from here any
    /// more.
    void child_has_begun() QUANTUM_EXCLUDES(mutex_);

private:
    base::Mutex mutex_;  // a leaf; held by whoever kills, so that the number is the child's
    Cells cells_;
};

}  // namespace quantum::run
