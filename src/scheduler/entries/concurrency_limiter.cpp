#include "scheduler/entries/concurrency_limiter.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

ConcurrencyLimiter::ConcurrencyLimiter(std::size_t slots, const TagLimits& tags)
    : most_slots_(slots == 0 ? std::numeric_limits<std::size_t>::max() : slots),
      slots_(most_slots_) {
    for (const auto& [tag, limit] : tags) {
        if (limit == 0) continue;
        tags_.emplace(tag, static_cast<std::uint16_t>(limits_.size()));
        limits_.push_back(
            {limit - (mutated(SchedulerMutant::zero_limit_is_none) && limit > 1 ? 1 : 0), 0});
    }
}

LimitSet ConcurrencyLimiter::limit_set_of(const std::vector<std::string>& tags) {
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
    if (known != lines_.end()) return static_cast<LimitSet>(known - lines_.begin());
    lines_.push_back({std::move(limited), {}, 0});
    return static_cast<LimitSet>(lines_.size() - 1);
}

bool ConcurrencyLimiter::tags_have_room(LimitSet limit_set) const {
    const std::vector<std::uint16_t>& tags = lines_[limit_set].tags;
    return std::all_of(tags.begin(), tags.end(), [this](std::uint16_t tag) {
        return limits_[tag].taken < limits_[tag].slots;
    });
}

bool ConcurrencyLimiter::may_start_at_once(LimitSet limit_set) const {
    if (mutated(SchedulerMutant::concurrency_ignored)) return true;
    if (!has_room(limit_set)) return false;
    if (waiting_ == 0) return true;
    for (std::size_t at = 0; at < lines_.size(); ++at) {
        if (lines_[at].waiting > 0 && has_room(static_cast<LimitSet>(at))) return false;
    }
    return true;
}

std::vector<ConcurrencyLimiter::Full> ConcurrencyLimiter::full(LimitSet limit_set) const {
    std::vector<Full> found;
    if (slots_ != 0 && taken_ >= slots_) found.push_back({{}, slots_});
    const std::vector<std::uint16_t>& tags = lines_[limit_set].tags;
    for (const auto& [name, number] : tags_) {
        const Limit& limit = limits_[number];
        if (limit.taken >= limit.slots &&
            std::find(tags.begin(), tags.end(), number) != tags.end()) {
            found.push_back({name, limit.slots});
        }
    }
    return found;
}

void ConcurrencyLimiter::take_of_tags(LimitSet limit_set) {
    for (const std::uint16_t tag : lines_[limit_set].tags) ++limits_[tag].taken;
}

void ConcurrencyLimiter::give_back_to_tags(LimitSet limit_set) {
    for (const std::uint16_t tag : lines_[limit_set].tags) {
        QUANTUM_ASSERT(limits_[tag].taken > 0);
        --limits_[tag].taken;
    }
}

void ConcurrencyLimiter::count_waiting(LimitSet limit_set, bool more) {
    QUANTUM_ASSERT(more || (waiting_ > 0 && lines_[limit_set].waiting > 0));
    const auto step = [more](std::size_t& number) { more ? ++number : --number; };
    step(waiting_);
    step(lines_[limit_set].waiting);
}

void ConcurrencyLimiter::enqueue(LimitSet limit_set, WallTime due, EntryHandle entry_handle) {
    std::deque<Waiter>& waiters = lines_[limit_set].waiters;
    if (waiters.empty() || waiters.back().due <= due ||
        mutated(SchedulerMutant::later_due_goes_first)) {
        waiters.push_back({due, entry_handle});
        return;
    }
    const auto after =
        std::upper_bound(waiters.begin(), waiters.end(), due,
                         [](WallTime value, const Waiter& waiter) { return value < waiter.due; });
    waiters.insert(after, {due, entry_handle});
}

std::vector<EntryHandle> ConcurrencyLimiter::queued() const {
    std::vector<EntryHandle> all;
    for (const Line& line : lines_) {
        for (const Waiter& waiter : line.waiters) all.push_back(waiter.entry_handle);
    }
    return all;
}

}  // namespace quantum::scheduler
