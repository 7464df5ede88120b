#include "scheduler/entries/places.hpp"

#include <algorithm>
#include <utility>

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

Places::Places(std::size_t places, const TagLimits& tags) : places_(places) {
    for (const auto& [tag, limit] : tags) {
        if (limit == 0) continue;
        tags_.emplace(tag, static_cast<std::uint16_t>(limits_.size()));
        limits_.push_back(
            {limit - (mutated(SchedulerMutant::zero_limit_is_none) && limit > 1 ? 1 : 0), 0});
    }
}

Lane Places::lane_of(const std::vector<std::string>& tags) {
    if (limits_.empty() || tags.empty()) return 0;
    std::vector<std::uint16_t> limited;
    for (const std::string& tag : tags) {
        if (const auto found = tags_.find(tag); found != tags_.end()) {
            limited.push_back(found->second);
        }
    }
    std::sort(limited.begin(), limited.end());
    const auto known = std::find_if(lines_.begin(), lines_.end(),
                                    [&](const Line& line) { return line.tags == limited; });
    if (known != lines_.end()) return static_cast<Lane>(known - lines_.begin());
    lines_.push_back({std::move(limited), {}, 0});
    return static_cast<Lane>(lines_.size() - 1);
}

bool Places::tags_have_room(Lane lane) const {
    const std::vector<std::uint16_t>& tags = lines_[lane].tags;
    return std::all_of(tags.begin(), tags.end(), [this](std::uint16_t tag) {
        return limits_[tag].taken < limits_[tag].places;
    });
}

bool Places::may_start_at_once(Lane lane) const {
    if (mutated(SchedulerMutant::concurrency_ignored)) return true;
    if (!has_room(lane)) return false;
    if (waiting_ == 0) return true;
    for (std::size_t at = 0; at < lines_.size(); ++at) {
        if (lines_[at].waiting > 0 && has_room(static_cast<Lane>(at))) return false;
    }
    return true;
}

void Places::take_of_tags(Lane lane) {
    for (const std::uint16_t tag : lines_[lane].tags) ++limits_[tag].taken;
}

void Places::give_back_to_tags(Lane lane) {
    for (const std::uint16_t tag : lines_[lane].tags) --limits_[tag].taken;
}

void Places::count_waiting(Lane lane, bool more) {
    const auto step = [more](std::size_t& number) { more ? ++number : --number; };
    step(waiting_);
    step(lines_[lane].waiting);
}

void Places::enqueue(Lane lane, WallTime due, Ticket ticket) {
    std::deque<Waiter>& waiters = lines_[lane].waiters;
    if (waiters.empty() || waiters.back().due <= due ||
        mutated(SchedulerMutant::later_due_goes_first)) {
        waiters.push_back({due, ticket});
        return;
    }
    const auto after =
        std::upper_bound(waiters.begin(), waiters.end(), due,
                         [](WallTime value, const Waiter& waiter) { return value < waiter.due; });
    waiters.insert(after, {due, ticket});
}

std::vector<Ticket> Places::in_line() const {
    std::vector<Ticket> all;
    for (const Line& line : lines_) {
        for (const Waiter& waiter : line.waiters) all.push_back(waiter.ticket);
    }
    return all;
}

}  // namespace quantum::scheduler
