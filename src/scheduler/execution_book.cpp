#include "scheduler/execution_book.hpp"

#include <algorithm>

#include "quantum/job.hpp"

namespace quantum::scheduler {

JobRecord* ExecutionBook::find(JobHandle handle) {
    const std::uint32_t place = place_of(handle);
    if (place >= records.size()) return nullptr;
    JobRecord& record = records[place];
    if (!record.job || record.generation != generation_of(handle)) return nullptr;
    return &record;
}

JobRecord& ExecutionBook::at(JobHandle handle) {
    const std::uint32_t place = place_of(handle);
    if (place >= records.size()) records.resize(std::size_t{place} + 1);
    JobRecord& record = records[place];
    if (record.generation != generation_of(handle)) {
        record = JobRecord{};
        if (place < last_runs.size()) last_runs[place] = {};
        record.generation = generation_of(handle);
    }
    return record;
}

JobHandle ExecutionBook::handle_of(std::uint32_t place) const {
    return make_handle(place, records[place].generation);
}

void ExecutionBook::look_at_anchor(JobRecord& record, WallTime now) {
    const std::optional<Schedule>& schedule = record.job->schedule();
    record.before_anchor = schedule && schedule->is_interval() && schedule->anchor() > now;
}

void ExecutionBook::note_end(JobHandle handle, OutcomeKind outcome, WallTime end) {
    const std::uint32_t place = place_of(handle);
    if (place >= records.size() || records[place].generation != generation_of(handle)) return;
    if (place >= last_runs.size()) last_runs.resize(records.size());
    last_runs[place] = {end, outcome, true};
}

LastRun ExecutionBook::last_run(std::uint32_t place) const {
    return place < last_runs.size() ? last_runs[place] : LastRun{};
}

std::optional<WallTime> ExecutionBook::next_due(const JobRecord& record) {
    const std::optional<Schedule>& schedule = record.job->schedule();
    if (!schedule) return std::nullopt;
    if (schedule->is_reboot()) {
        // Its only due time is the acceptance that it is anchored at.
        const WallTime anchor = schedule->anchor();
        const WallTime due = anchor == WallTime{} ? record.effective_from : anchor;
        if (record.position < due) return due;
        return std::nullopt;
    }
    if (record.before_anchor && schedule->anchor() > record.position) {
        return in_force(record).next(record.position);
    }
    return due_times.next(*schedule, record.position);
}

Schedule ExecutionBook::in_force(const JobRecord& record) {
    const Schedule& schedule = *record.job->schedule();
    const WallTime anchor = schedule.anchor();
    if (!record.before_anchor || anchor <= record.position) return schedule;
    const Duration period = *schedule.period();
    const auto periods = (anchor - record.position) / period + 1;
    return schedule.anchored_at(anchor - periods * period);
}

}  // namespace quantum::scheduler
