#include "scheduler/executions/execution_book.hpp"

#include <algorithm>

#include "quantum/job.hpp"

#include "scheduler/entries/policies.hpp"

namespace quantum::scheduler {

JobRecord& ExecutionBook::at(JobHandle handle) {
    const std::uint32_t place = place_of(handle);
    if (place >= records.size()) records.grow_to(std::size_t{place} + 1);
    JobRecord& record = records[place];
    if (record.generation != generation_of(handle)) {
        record = JobRecord{};
        if (place < last_runs.size()) last_runs[place] = {};
        record.generation = generation_of(handle);
    }
    return record;
}

void ExecutionBook::look_at_anchor(JobRecord& record, WallTime now) {
    const std::optional<Schedule>& schedule = record.job->schedule();
    record.before_anchor = schedule && schedule->is_interval() && schedule->anchor() > now;
}

void ExecutionBook::note_end(JobHandle handle, OutcomeKind outcome, WallTime end) {
    const std::uint32_t place = place_of(handle);
    if (place >= records.size() || records[place].generation != generation_of(handle)) return;
    if (place >= last_runs.size()) last_runs.grow_to(records.size());
    last_runs[place] = {end, outcome, true};
}

LastRun ExecutionBook::last_run(std::uint32_t place) const {
    return place < last_runs.size() ? last_runs[place] : LastRun{};
}

std::optional<WallTime> ExecutionBook::end_of_pause(const JobRecord& record) {
    const WallTime end = record.job->pause()->until.value_or(WallTime::max());
    if (record.position >= end - Duration(1)) return std::nullopt;
    return end;
}

std::optional<WallTime> ExecutionBook::next_run(const JobRecord& record) {
    const auto end = pause_end(record);
    if (!end) return next_due(record);
    if (*end == WallTime::max() || !record.job->schedule()) return std::nullopt;
    return first_due(in_force(record), *end);
}

std::shared_ptr<const std::string> ExecutionBook::node_named(std::string name) {
    auto& node = nodes[name];
    if (!node) node = std::make_shared<const std::string>(std::move(name));
    return node;
}

std::optional<WallTime> ExecutionBook::next_due(const JobRecord& record) {
    const std::optional<Schedule>& schedule = record.job->schedule();
    if (!schedule) return std::nullopt;
    if (const auto end = pause_end(record)) {
        if (*end == WallTime::max()) return std::nullopt;
        return end;
    }
    if (schedule->is_reboot()) {
        // Its only due time is the acceptance that it is anchored at.
        if (record.position < schedule->anchor()) return schedule->anchor();
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
