#include "scheduler/jobs/job_interner.hpp"

#include <cstdint>
#include <utility>

#include "schedule/view.hpp"

namespace quantum::scheduler {

Job JobInterner::merge(Job& job) {
    Job was;
    model::JobParts::schedule(was) = model::JobParts::schedule(job);
    model::JobParts::task(was) = model::JobParts::task(job);
    model::JobParts::extras(was) = model::JobParts::extras(job);
    model::JobParts::origin(was) = model::JobParts::origin(job);
    if (std::optional<Schedule>& schedule = model::JobParts::schedule(job))
        merge_schedule(*schedule);
    if (!common_.share(job)) {
        model::JobParts::name(was) =
            std::exchange(model::JobParts::name(job), std::string(job.name()));
    }
    return was;
}

void JobInterner::merge_schedule(Schedule& schedule) {
    // Intervals of one period share a rule, whatever they count from.
    const std::uint64_t hash = schedule.anchored_at(WallTime{}).hash() * 0x9E3779B97F4A7C15U;
    std::optional<Schedule>& known = schedules_[hash % most_schedules];
    if (!known || !schedule::ScheduleView::share(schedule, *known)) known = schedule;
}

}  // namespace quantum::scheduler
