#pragma once

#include <optional>

#include "quantum/clock.hpp"

#include "schedule/mutant.hpp"

/// Due times at a fixed distance from an anchor, which is none of them.
namespace quantum::schedule {

/// The first anchor + k × period (k >= 1) after `after`.
inline std::optional<WallTime> next_in_interval(WallTime anchor, Duration period, WallTime after) {
    if (after < anchor)
        return mutated(ScheduleMutant::interval_from_anchor) ? anchor : anchor + period;
    if (WallTime::max() - period < after) return std::nullopt;
    if (mutated(ScheduleMutant::interval_same_again) &&
        (after - anchor) % period == Duration::zero())
        return after;
    return after + period - (after - anchor) % period;
}

/// The last anchor + k × period (k >= 1) before `before`.
inline std::optional<WallTime> prev_in_interval(WallTime anchor, Duration period, WallTime before) {
    if (before <= anchor ||
        (mutated(ScheduleMutant::interval_back_to_anchor) ? before - anchor < period
                                                          : before - anchor <= period))
        return std::nullopt;
    const Duration past = (before - anchor) % period;
    return before - (past == Duration::zero() ? period : past);
}

}  // namespace quantum::schedule
