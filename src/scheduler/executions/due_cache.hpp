#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "quantum/clock.hpp"
#include "quantum/schedule.hpp"

namespace quantum::scheduler {

/// Caches the latest results of schedules: all jobs with the same schedule that are due at the same
/// instant cost one computation. Of fixed size, so that a million schedules cost no more than one.
///
/// Identifies a schedule by the rule shared by its copies. Owned by one stage; not thread-safe.
class DueCache {
public:
    /// The next instant that needs an entry: a due time, or one left out because of a gap.
    [[nodiscard]] std::optional<WallTime> next(const Schedule& schedule, WallTime after);

private:
    struct Line {
        std::optional<Schedule> schedule;  // keeps the rule, and so its address, alive
        WallTime asked;
        std::optional<WallTime> answer;
    };
    static constexpr std::size_t lines = 1024;

    std::array<Line, lines> lines_{};
};

}  // namespace quantum::scheduler
