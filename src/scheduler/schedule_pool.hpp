#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/schedule.hpp"

namespace quantum::scheduler {

/// Each distinct schedule once, with the last answer it gave: all jobs of one schedule that are due
/// at one instant cost one computation.
///
/// Owned by one stage; not thread-safe.
class SchedulePool {
public:
    using Number = std::uint32_t;

    /// The number of an equal schedule, or a new one. Counts a use.
    Number take(const Schedule& schedule);
    /// Counts one use less; the last one frees the number.
    void release(Number number);

    [[nodiscard]] const Schedule& at(Number number) const { return *cells_[number].schedule; }
    /// The next instant that wants an entry: a due time, or one that a gap leaves out.
    [[nodiscard]] std::optional<WallTime> next(Number number, WallTime after);
    [[nodiscard]] std::size_t size() const { return numbers_.size(); }

private:
    struct Cell {
        std::optional<Schedule> schedule;
        std::size_t uses = 0;
        WallTime asked{WallTime::max()};
        std::optional<WallTime> answer;
    };

    std::vector<Cell> cells_;
    std::vector<Number> free_;
    std::unordered_multimap<std::size_t, Number> numbers_;  // by hash
};

}  // namespace quantum::scheduler
