#include "scheduler/schedule_pool.hpp"

namespace quantum::scheduler {

SchedulePool::Number SchedulePool::take(const Schedule& schedule) {
    const std::size_t hash = schedule.hash();
    const auto [first, last] = numbers_.equal_range(hash);
    for (auto at = first; at != last; ++at) {
        Cell& cell = cells_[at->second];
        if (*cell.schedule == schedule) {
            ++cell.uses;
            return at->second;
        }
    }
    Number number = 0;
    if (free_.empty()) {
        number = static_cast<Number>(cells_.size());
        cells_.emplace_back();
    } else {
        number = free_.back();
        free_.pop_back();
    }
    cells_[number] = Cell{schedule, 1, WallTime::max(), std::nullopt};
    numbers_.emplace(hash, number);
    return number;
}

void SchedulePool::release(Number number) {
    Cell& cell = cells_[number];
    if (--cell.uses > 0) return;
    const auto [first, last] = numbers_.equal_range(cell.schedule->hash());
    for (auto at = first; at != last; ++at) {
        if (at->second == number) {
            numbers_.erase(at);
            break;
        }
    }
    cell.schedule.reset();
    free_.push_back(number);
}

std::optional<WallTime> SchedulePool::next(Number number, WallTime after) {
    Cell& cell = cells_[number];
    if (cell.asked != after) {
        const auto due = cell.schedule->next(after);
        const auto left_out = cell.schedule->next_left_out(after, due.value_or(WallTime::max()));
        cell.answer = left_out ? left_out : due;
        cell.asked = after;
    }
    return cell.answer;
}

}  // namespace quantum::scheduler
