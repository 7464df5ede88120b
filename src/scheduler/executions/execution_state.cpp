#include "scheduler/executions/execution_state.hpp"

#include <algorithm>

#include "quantum/job.hpp"

#include "scheduler/entries/policies.hpp"

namespace quantum::scheduler {

JobRecord& ExecutionState::at(JobHandle handle) {
    const std::uint32_t index = index_of(handle);
    if (index >= records.size()) records.grow_to(std::size_t{index} + 1);
    JobRecord& record = records[index];
    if (record.generation != generation_of(handle) || !record.job) {
        record = JobRecord{};
        if (index < last_runs.size()) last_runs[index] = {};
        record.generation = generation_of(handle);
    }
    return record;
}

void ExecutionState::look_at_anchor(JobRecord& record, WallTime now) {
    const std::optional<Schedule>& schedule = record.job->schedule();
    record.before_anchor = schedule && schedule->is_interval() && schedule->anchor() > now;
}

void ExecutionState::note_end(JobHandle handle, OutcomeKind outcome, WallTime end) {
    const std::uint32_t index = index_of(handle);
    if (index >= records.size() || records[index].generation != generation_of(handle)) return;
    if (index >= last_runs.size()) last_runs.grow_to(records.size());
    last_runs[index] = {end, outcome, true};
}

LastRun ExecutionState::last_run(std::uint32_t index) const {
    return index < last_runs.size() ? last_runs[index] : LastRun{};
}

std::optional<WallTime> ExecutionState::end_of_pause(const JobRecord& record) {
    const WallTime end = record.job->pause()->until.value_or(WallTime::max());
    if (record.position() >= end - Duration(1)) return std::nullopt;
    return end;
}

std::optional<WallTime> ExecutionState::next_run(const JobRecord& record) {
    const auto end = pause_end(record);
    if (!end) return next_due(record);
    if (*end == WallTime::max() || !record.job->schedule()) return std::nullopt;
    return first_due(in_force(record), *end);
}

std::shared_ptr<const std::string> ExecutionState::node_named(std::string name) {
    auto& node = nodes[name];
    if (!node) node = std::make_shared<const std::string>(std::move(name));
    return node;
}

std::optional<WallTime> ExecutionState::next_due(const JobRecord& record) {
    const std::optional<Schedule>& schedule = record.job->schedule();
    if (!schedule) return std::nullopt;
    if (const auto end = pause_end(record)) {
        if (*end == WallTime::max()) return std::nullopt;
        return end;
    }
    if (schedule->is_reboot()) {
        // Its only due time is the acceptance that it is anchored at.
        if (record.position() < schedule->anchor()) return schedule->anchor();
        return std::nullopt;
    }
    if (record.before_anchor && schedule->anchor() > record.position()) {
        return in_force(record).next(record.position());
    }
    return due_times.next(*schedule, record.position());
}

Schedule ExecutionState::in_force(const JobRecord& record) {
    const Schedule& schedule = *record.job->schedule();
    const WallTime anchor = schedule.anchor();
    if (!record.before_anchor || anchor <= record.position()) return schedule;
    const Duration period = *schedule.period();
    const auto periods = (anchor - record.position()) / period + 1;
    return schedule.anchored_at(anchor - periods * period);
}

}  // namespace quantum::scheduler
