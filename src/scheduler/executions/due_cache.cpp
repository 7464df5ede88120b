#include "scheduler/executions/due_cache.hpp"

#include <cstdint>

#include "schedule/view.hpp"

namespace quantum::scheduler {

std::optional<WallTime> DueCache::next(const Schedule& schedule, WallTime after) {
    const auto rule = reinterpret_cast<std::uintptr_t>(&schedule::ScheduleView::rule(schedule));
    Line& line = lines_[static_cast<std::size_t>((rule * 0x9E3779B97F4A7C15U) >> 54U)];
    if (!line.schedule || line.asked != after ||
        !schedule::ScheduleView::same(*line.schedule, schedule)) {
        const auto due = schedule.next(after);
        const auto left_out = schedule.next_left_out(after, due.value_or(WallTime::max()));
        line.answer = left_out ? left_out : due;
        line.asked = after;
        line.schedule = schedule;
    }
    return line.answer;
}

}  // namespace quantum::scheduler
