#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

#include "quantum/clock.hpp"

#include "base/mutex.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

/// The acceptance fence: prevents ExecutionBroadcaster from deciding due times past a change that
/// it has not received yet.
///
/// A job counts from the instant of its acceptance, but it takes a commit and a message for the
/// change to arrive. If a due time after that instant were decided by the previous definition, or
/// the watermark stored past it, the new definition would lose its first due times:
///
///     11:59:59.9  "report" is changed from "0 12 * * *" to "0 13 * * *": accept() marks the
///     instant 12:00:00.0  the timeline says that "report" is due, by the definition before. It
///     lies behind
///                 the mark, so nothing is decided, of no job, and the watermark stays
///     12:00:00.1  the change arrives and settle() takes the mark away: 12:00 is not this job's any
///                 more; everybody else's 12:00 is decided now, 0.1 s late and none missing
///
/// Owned by the common state of JobBroadcaster and ExecutionBroadcaster. Thread-safety: may be used
/// from any thread; the mutex is a leaf.
class PendingChanges {
public:
    struct Mark {
        std::uint64_t number = 0;
        WallTime instant;
    };

    /// Reads the clock and marks the instant, in one step.
    [[nodiscard]] Mark accept(const Clock& clock) {
        const base::MutexLock lock(mutex_);
        marks_.push_back({++last_, clock.wall_now()});
        return marks_.back();
    }

    /// Of the changes after `told`, only `expected` will still arrive.
    void withdraw(std::uint64_t told, std::uint64_t expected) {
        const base::MutexLock lock(mutex_);
        std::erase_if(marks_, [&](const Mark& mark) {
            return mark.number > told && mark.number != expected;
        });
    }

    /// Everything up to `number` has arrived or was rejected.
    void settle(std::uint64_t number) {
        const base::MutexLock lock(mutex_);
        while (!marks_.empty() && marks_.front().number <= number) marks_.pop_front();
    }

    /// The instant from which a change in transit counts; `WallTime::max()` if there is none. An
    /// event is sent with its arrival or rejection.
    [[nodiscard]] WallTime pending_from() const {
        if (mutated(SchedulerMutant::acceptance_ignored)) return WallTime::max();
        const base::MutexLock lock(mutex_);
        // The clock may have been set back between two of them.
        WallTime from = WallTime::max();
        for (const Mark& mark : marks_) from = std::min(from, mark.instant);
        return from;
    }

private:
    mutable base::Mutex mutex_;
    std::uint64_t last_ QUANTUM_GUARDED_BY(mutex_) = 0;
    std::deque<Mark> marks_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::scheduler
