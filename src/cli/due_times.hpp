#pragma once

#include <cstdint>
#include <functional>

#include "quantum/schedule.hpp"

namespace quantum::cli {

/// Calls `visit` with at most `count` due times strictly after `from`, in order; intervals
/// (`@every`) are counted from `from`. Returns how many there were.
template <class Visit>
std::int64_t each_due_time(const Schedule& schedule, WallTime from, std::int64_t count,
                           Visit&& visit) {
    const Schedule anchored = schedule.anchored_at(from);
    std::int64_t found = 0;
    for (auto due = anchored.next(from); due && found < count; ++found) {
        visit(*due);
        due = anchored.next(*due);
    }
    return found;
}

}  // namespace quantum::cli
