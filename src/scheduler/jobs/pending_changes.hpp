#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

#include "quantum/clock.hpp"

#include "base/mutex.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

/// The acceptance fence: keeps ExecutionBroadcaster from deciding due times beyond a change that it
/// has not heard of yet.
///
/// A job counts from the instant of its acceptance, but the news of it takes a commit and a message
/// to arrive. Were a due time after that instant decided by the definition before, or the watermark
/// stored beyond it, the new definition would lose its first due times:
///
///     11:59:59.9  "report" is changed from "0 12 * * *" to "0 13 * * *": accept() marks the
///     instant 12:00:00.0  the timeline says that "report" is due, by the definition before. It
///     lies behind
///                 the mark, so nothing is decided, of no job, and the watermark stays
///     12:00:00.1  the change arrives and settle() takes the mark away: 12:00 is not this job's any
///                 more; everybody else's 12:00 is decided now, 0.1 s late and none missing
///
/// Owned by JobBroadcaster's and ExecutionBroadcaster's common state. Thread-safety: any thread;
/// the mutex is a leaf.
class PendingChanges {
public:
    struct Mark {
        std::uint64_t number = 0;
        WallTime instant;
    };

    /// Reads the clock and marks the instant, as one step.
    [[nodiscard]] Mark accept(const Clock& clock) {
        const MutexLock lock(mutex_);
        marks_.push_back({++last_, clock.wall_now()});
        return marks_.back();
    }

    /// Of what came after `told`, nothing is to arrive but `expected`.
    void withdraw(std::uint64_t told, std::uint64_t expected) {
        const MutexLock lock(mutex_);
        std::erase_if(marks_, [&](const Mark& mark) {
            return mark.number > told && mark.number != expected;
        });
    }

    /// Everything up to `number` has arrived, or was refused.
    void settle(std::uint64_t number) {
        const MutexLock lock(mutex_);
        while (!marks_.empty() && marks_.front().number <= number) marks_.pop_front();
    }

    /// From here on a change counts that is on its way; `WallTime::max()` if none is. An event
    /// comes with it, or with its refusal.
    [[nodiscard]] WallTime pending_from() const {
        if (mutated(SchedulerMutant::acceptance_ignored)) return WallTime::max();
        const MutexLock lock(mutex_);
        // The clock may have been set back between two of them.
        WallTime from = WallTime::max();
        for (const Mark& mark : marks_) from = std::min(from, mark.instant);
        return from;
    }

private:
    mutable Mutex mutex_;
    std::uint64_t last_ QUANTUM_GUARDED_BY(mutex_) = 0;
    std::deque<Mark> marks_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::scheduler
