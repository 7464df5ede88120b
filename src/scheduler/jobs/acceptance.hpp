#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <mutex>

#include "quantum/clock.hpp"

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

/// Keeps ExecutionBroadcaster from deciding due times beyond a change that it has not seen yet.
///
/// A job counts from the instant of its acceptance. Were a due time after that instant decided by
/// the definition before, or the watermark stored beyond it, the new definition would lose its
/// first due times.
///
/// Thread-safety: any thread; the mutex is a leaf.
class Acceptance {
public:
    struct Mark {
        std::uint64_t number = 0;
        WallTime instant;
    };

    /// Reads the clock and marks the instant, as one step.
    [[nodiscard]] Mark accept(const Clock& clock) {
        const std::lock_guard lock(mutex_);
        marks_.push_back({++last_, clock.wall_now()});
        return marks_.back();
    }

    /// Of what came after `told`, nothing is to arrive but `expected`.
    void withdraw(std::uint64_t told, std::uint64_t expected) {
        const std::lock_guard lock(mutex_);
        std::erase_if(marks_, [&](const Mark& mark) {
            return mark.number > told && mark.number != expected;
        });
    }

    /// Everything up to `number` has arrived, or was refused.
    void settle(std::uint64_t number) {
        const std::lock_guard lock(mutex_);
        while (!marks_.empty() && marks_.front().number <= number) marks_.pop_front();
    }

    /// From here on a change counts that is on its way; `WallTime::max()` if none is. An event
    /// comes with it, or with its refusal.
    [[nodiscard]] WallTime pending_from() const {
        if (mutated(SchedulerMutant::acceptance_ignored)) return WallTime::max();
        const std::lock_guard lock(mutex_);
        // The clock may have been set back between two of them.
        WallTime from = WallTime::max();
        for (const Mark& mark : marks_) from = std::min(from, mark.instant);
        return from;
    }

private:
    mutable std::mutex mutex_;
    std::uint64_t last_ = 0;
    std::deque<Mark> marks_;
};

}  // namespace quantum::scheduler
