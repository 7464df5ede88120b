#include "scheduler/twins.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "schedule/view.hpp"

namespace quantum::scheduler {

std::string Twins::merge(Job& job) {
    std::string name = std::exchange(JobParts::name(job), std::string(job.name()));
    if (std::optional<Schedule>& schedule = JobParts::schedule(job)) merge_schedule(*schedule);
    if (Shared<JobParts::Rare>& rare = JobParts::rare(job)) merge_rare(rare);
    return name;
}

void Twins::merge_schedule(Schedule& schedule) {
    // Intervals of one period share a rule, whatever they count from.
    const std::uint64_t hash = schedule.anchored_at(WallTime{}).hash() * 0x9E3779B97F4A7C15U;
    std::optional<Schedule>& known = schedules_[hash % most_schedules];
    if (!known || !ScheduleView::share(schedule, *known)) known = schedule;
}

void Twins::merge_rare(Shared<JobParts::Rare>& rare) {
    if (*rare == JobParts::usual()) {
        rare.reset();
        return;
    }
    const auto known = std::find_if(rares_.begin(), rares_.end(),
                                    [&](const auto& other) { return other && *other == *rare; });
    if (known != rares_.end()) {
        rare = *known;
        return;
    }
    rares_[oldest_] = rare;
    oldest_ = (oldest_ + 1) % most_rares;
}

}  // namespace quantum::scheduler
