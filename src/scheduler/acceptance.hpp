#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <mutex>

#include "quantum/clock.hpp"

namespace quantum::scheduler {

/// Keeps the watermark from passing a change that ExecutionBroadcaster has not seen yet.
///
/// A job counts from the instant of its acceptance. Were the watermark stored beyond that instant
/// before the job is on the timeline, a crash in between would lose its first due times.
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

    /// Nothing of `number` is to arrive.
    void withdraw(std::uint64_t number) {
        const std::lock_guard lock(mutex_);
        std::erase_if(marks_, [number](const Mark& mark) { return mark.number == number; });
    }

    /// Everything up to `number` has arrived.
    void settle(std::uint64_t number) {
        const std::lock_guard lock(mutex_);
        while (!marks_.empty() && marks_.front().number <= number) marks_.pop_front();
    }

    /// `wanted`, or less while changes are on their way.
    [[nodiscard]] WallTime limit(WallTime wanted) const {
        const std::lock_guard lock(mutex_);
        for (const Mark& mark : marks_) wanted = std::min(wanted, mark.instant - Duration(1));
        return wanted;
    }

private:
    mutable std::mutex mutex_;
    std::uint64_t last_ = 0;
    std::deque<Mark> marks_;
};

}  // namespace quantum::scheduler
