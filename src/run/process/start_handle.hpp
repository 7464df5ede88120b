#pragma once

#include <sys/types.h>

#include "base/mutex.hpp"

namespace quantum {

/// One start under way, so that another thread can give it up.
///
/// A child that has not executed its program yet may hang for as long as somebody else likes: its
/// program lies on a dead file server or under a lease, or it was stopped. Nothing but KILL ends
/// that.
///
/// Owned by whoever asks for the start; `spawn` and the child write into it.
/// Thread-safety: every method may be called from any thread.
class StartHandle {
public:
    /// Where the child itself writes its number, and what it reads right after: one of the two sees
    /// the other's word.
    struct Cells {
        pid_t child = 0;
        int given_up = 0;
    };

    StartHandle() = default;
    StartHandle(const StartHandle&) = delete;
    StartHandle& operator=(const StartHandle&) = delete;

    /// Kills the child unless it has executed its program; one that is not there yet ends itself.
    /// Twice is fine.
    void give_up() QUANTUM_EXCLUDES(mutex_);
    [[nodiscard]] bool is_given_up() const;

    /// For the child.
    [[nodiscard]] Cells* cells() { return &cells_; }
    /// For whoever started the child, before it may be reaped: it is not killed from here any more.
    void child_has_begun() QUANTUM_EXCLUDES(mutex_);

private:
    Mutex mutex_;  // a leaf; held by whoever kills, so that the number is the child's
    Cells cells_;
};

}  // namespace quantum
