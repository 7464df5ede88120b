#include "scheduler/executions/job_updates.hpp"

#include <algorithm>
#include <utility>

#include "quantum/job.hpp"

#include "scheduler/entries/policies.hpp"
#include "scheduler/jobs/binding.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

// Beyond what a clock may be off without having been set.
WallTime in_force_from(const JobEvent& event, WallTime now) {
    const StepKind kind = classify_step(now - event.instant);
    return kind == StepKind::backward || kind == StepKind::rewind ? now : event.instant;
}

}  // namespace

JobUpdates::JobUpdates(ExecutionState& state, Timeline& timeline, NextDues& next_dues)
    : state_(state), timeline_(timeline), next_dues_(next_dues) {}

void JobUpdates::add(const JobEvent& event, WallTime now) {
    const std::uint32_t index = index_of(event.handle);
    JobRecord& record = state_.at(event.handle);
    if (record.job && record.revision > event.revision &&
        !mutated(SchedulerMutant::old_definition_overwrites))
        return;  // said before the last change
    const bool same = record.job && record.active && record.revision == event.revision;
    give_function(event, record);
    if (same) record.job = event.job;
    if (!same && !(record.active && mutated(SchedulerMutant::stale_definition))) {
        const WallTime from = in_force_from(event, now);
        state_.events.put_job(record.active ? record.job : JobRef(), event.job);
        if (record.active) leave(event.handle, record, from, false);
        const bool exclusive = mutated(SchedulerMutant::effective_from_exclusive);
        const WallTime start = from - Duration(exclusive ? 0 : 1);
        record.decide_until(std::max(record.position(), start));
        record.job = event.job;
        record.paused = event.job->pause().has_value();
        if (record.paused) stop_retries(event.handle);
        record.revision = event.revision;
        record.recovered = 0;
        record.active = true;
        record.deleted = false;
        record.finished = false;
        record.no_future = false;
        record.unbound = event.unbound;
        ExecutionState::look_at_anchor(record, from);
    }
    next_dues_.put_back(index);
    let_waiting_go(event);
}

// Also to the definition that is being replaced: what it leaves undecided runs as well.
void JobUpdates::give_function(const JobEvent& event, JobRecord& record) {
    if (!record.job || !record.unbound || event.unbound || event.deleted) return;
    if (mutated(SchedulerMutant::binding_not_told)) return;
    if (record.job->task().kind() == TaskKind::none) {
        record.job = with_task_of(*record.job, *event.job);
    }
    record.unbound = false;
}

void JobUpdates::let_waiting_go(const JobEvent& event) {
    if (event.unbound || event.deleted || state_.open_entries.unbound() == 0) return;
    if (state_.open_entries.unbound_of(index_of(event.handle)).empty()) return;
    state_.bound.push_back({event.handle, event.job});
}

void JobUpdates::remove(const JobEvent& event, WallTime now) {
    let_waiting_go(event);
    JobRecord* record = state_.find(event.handle);
    if (record == nullptr) {
        if (!event.deleted) return;
        record = &state_.at(event.handle);  // never active here; its index is to be released
        record->job = event.job;
    }
    if (record->active && !event.deleted && mutated(SchedulerMutant::paused_goes_on)) return;
    give_function(event, *record);
    if (record->active) {
        state_.events.put_job(record->job, {});
        leave(event.handle, *record, in_force_from(event, now), event.deleted);
        record->active = false;
        record->finished = event.job && event.job->state() == JobState::finished;
        if (!record->finished) stop_retries(event.handle);
    }
    if (!event.deleted || record->deleted) return;
    record->deleted = true;
    state_.deleted.push_back(event.handle);
    for (const EntryHandle entry_handle : state_.open_entries.entries_of(index_of(event.handle))) {
        const OpenEntry& entry = state_.open_entries.at(entry_handle);
        if (is_waiting(entry.phase) || entry.is_retry()) {
            state_.withdrawn.push_back({entry_handle, SkipReason::superseded});
        } else if (event.kill && entry.phase != Phase::ending) {
            state_.to_end.push_back(entry_handle);
        }
    }
}

// A job that is held back is not tried again.
void JobUpdates::stop_retries(JobHandle handle) {
    if (state_.retries == 0) return;
    for (const EntryHandle entry_handle : state_.open_entries.entries_of(index_of(handle))) {
        if (!state_.open_entries.at(entry_handle).is_retry()) continue;
        state_.withdrawn.push_back({entry_handle, SkipReason::superseded});
    }
}

// The definition held up to `until`: what was due before then and is not decided stays to be done.
void JobUpdates::leave(JobHandle handle, JobRecord& record, WallTime until, bool superseded) {
    timeline_.remove(index_of(handle));
    if (const auto end = state_.pause_end(record)) {
        const WallTime first = record.position() + Duration(1);
        const WallTime last = std::min(*end, until);
        if (record.job->schedule() && first < last) {
            state_.carry_overs.push_back(
                {handle, record.job, record.revision, first, last, SkipReason::paused});
        }
        record.decide_until(std::max(record.position(), last - Duration(1)));
    }
    const auto first = state_.next_due(record);
    if (!first || *first >= until || mutated(SchedulerMutant::carry_overs_forgotten)) return;
    state_.carry_overs.push_back({handle, record.job, record.revision, *first, until,
                                  superseded ? SkipReason::superseded : SkipReason::none});
    record.decide_until(until - Duration(1));
}

std::vector<JobHandle> JobUpdates::take_released(WallTime now) {
    std::vector<JobHandle> released;
    if (state_.deleted.empty() || state_.plan || !state_.carry_overs.empty()) return released;
    std::vector<JobHandle> kept;
    for (const JobHandle handle : std::exchange(state_.deleted, {})) {
        JobRecord* record = state_.find(handle);
        if (record == nullptr || !record->deleted) continue;  // it came back
        const std::uint32_t index = index_of(handle);
        // A name deleted and added again within the instant of its last due time must find it.
        if ((!state_.open_entries.entries_of(index).empty() &&
             !mutated(SchedulerMutant::release_before_last_run)) ||
            record->position() >= now) {
            kept.push_back(handle);
            continue;
        }
        record->job.reset();
        released.push_back(handle);
    }
    state_.deleted = std::move(kept);
    return released;
}

}  // namespace quantum::scheduler
