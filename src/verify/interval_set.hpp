#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"

namespace quantum::verify {

/// Closed intervals of the wall clock, for finding out whether they touch another.
///
/// Add all, then `seal`, then query: O(log n) per query.
class IntervalSet {
public:
    void add(WallTime from, WallTime to) { intervals_.emplace_back(from, to); }

    void seal() {
        std::sort(intervals_.begin(), intervals_.end());
        latest_end_.clear();
        WallTime latest = WallTime::min();
        for (const auto& [from, to] : intervals_) {
            latest = std::max(latest, to);
            latest_end_.push_back(latest);
        }
    }

    /// True if an interval shares an instant with [from, to].
    [[nodiscard]] bool touches(WallTime from, WallTime to) const {
        const auto past = std::upper_bound(
            intervals_.begin(), intervals_.end(), to,
            [](WallTime instant, const auto& interval) { return instant < interval.first; });
        if (past == intervals_.begin()) return false;
        return latest_end_[static_cast<std::size_t>(past - intervals_.begin()) - 1] >= from;
    }

    [[nodiscard]] bool empty() const { return intervals_.empty(); }

private:
    std::vector<std::pair<WallTime, WallTime>> intervals_;
    std::vector<WallTime> latest_end_;
};

}  // namespace quantum::verify
