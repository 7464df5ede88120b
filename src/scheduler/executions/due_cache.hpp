#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "quantum/clock.hpp"
#include "quantum/schedule.hpp"

namespace quantum::scheduler {

/// The latest answers of schedules: all jobs of one schedule that are due at one instant cost one
/// computation. Of fixed size, so that a million schedules cost no more than one.
///
/// Knows a schedule by the rule that its copies share. Owned by one stage; not thread-safe.
class DueCache {
public:
    /// The next instant that wants an entry: a due time, or one that a gap leaves out.
    [[nodiscard]] std::optional<WallTime> next(const Schedule& schedule, WallTime after);

private:
    struct Line {
        std::optional<Schedule> schedule;  // holds on to the rule: its address stays its own
        WallTime asked;
        std::optional<WallTime> answer;
    };
    static constexpr std::size_t lines = 1024;

    std::array<Line, lines> lines_{};
};

}  // namespace quantum::scheduler
