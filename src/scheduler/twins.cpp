#include "scheduler/twins.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "schedule/view.hpp"
#include "scheduler/job_parts.hpp"

namespace quantum::scheduler {

void Twins::merge(Job& job) {
    // What the job's maker allocated for the name lies among what is dropped here; a copy lies
    // among what stays.
    JobParts::name(job) = std::string(job.name());
    if (std::optional<Schedule>& schedule = JobParts::schedule(job)) merge_schedule(*schedule);
    if (Shared<JobPolicy>& policy = JobParts::policy(job)) merge_policy(policy);
}

void Twins::merge_schedule(Schedule& schedule) {
    // Intervals of one period share a rule, whatever they count from.
    const std::uint64_t hash = schedule.anchored_at(WallTime{}).hash() * 0x9E3779B97F4A7C15U;
    std::optional<Schedule>& known = schedules_[hash % most_schedules];
    if (!known || !ScheduleView::share(schedule, *known)) known = schedule;
}

void Twins::merge_policy(Shared<JobPolicy>& policy) {
    if (*policy == JobParts::standard_policy()) {
        policy.reset();
        return;
    }
    const auto known = std::find_if(policies_.begin(), policies_.end(),
                                    [&](const auto& other) { return other && *other == *policy; });
    if (known != policies_.end()) {
        policy = *known;
        return;
    }
    policies_[oldest_] = policy;
    oldest_ = (oldest_ + 1) % most_policies;
}

}  // namespace quantum::scheduler
