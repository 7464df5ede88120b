#include "scheduler/executions/end_planner.hpp"

#include <algorithm>
#include <utility>

#include "quantum/job.hpp"

#include "scheduler/entries/policies.hpp"
#include "scheduler/entries/retry_policy.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {
constexpr std::size_t most_kept = 16'384;
}

// Functions that have run for longer than they may: over for the ledger, not for their slot.
void EndPlanner::add_expired() {
    for (Completion& run : std::exchange(state_.expired, {})) {
        const OpenEntry* entry = state_.open_entries.find(run.entry_handle);
        if (entry == nullptr || entry->phase != Phase::running) continue;
        const auto retry_at = end_attempt(*entry, run);
        state_.open_entries.set_phase(
            run.entry_handle,
            mutated(SchedulerMutant::stuck_frees_its_slot) ? Phase::ending : Phase::stuck);
        draft_.plan->expired.push_back({std::move(run), retry_at});
    }
}

void EndPlanner::add_finishes() {
    state_.completions.take(state_.ended);
    if (state_.ended.empty()) return;
    std::vector<Completion> later;
    draft_.plan->finishes.reserve(state_.ended.size());
    for (Completion& run : state_.ended) {
        OpenEntry* const entry = state_.open_entries.find(run.entry_handle);
        if (entry == nullptr) continue;
        if (entry->phase == Phase::stuck && is_expiring(run.entry_handle)) {
            later.push_back(std::move(run));
            continue;
        }
        if (entry->phase == Phase::stuck) {
            release_stuck(run.entry_handle);
            continue;
        }
        if (entry->phase != Phase::running) continue;
        const std::uint32_t index = index_of(entry->handle);
        if (const auto retry_at = end_attempt(*entry, run)) {
            state_.open_entries.set_phase(run.entry_handle, Phase::delayed);
            draft_.plan->retried.push_back({std::move(run), retry_at});
            continue;
        }
        state_.open_entries.end(*entry);
        draft_.plan->finishes.push_back(std::move(run));
        give_turn(index);
    }
    // Its memory goes back to the queue with the next look, but for what a burst took up.
    state_.ended.clear();
    if (!later.empty() || state_.ended.capacity() > most_kept) state_.ended.swap(later);
}

bool EndPlanner::is_expiring(EntryHandle entry_handle) const {
    return std::any_of(
        draft_.plan->expired.begin(), draft_.plan->expired.end(),
        [entry_handle](const EndedAttempt& one) { return one.run.entry_handle == entry_handle; });
}

// Writes the end of an attempt into the batch. When the next one may begin, if there is one.
std::optional<WallTime> EndPlanner::end_attempt(const OpenEntry& entry, const Completion& run) {
    const auto retry_at = retry_of(entry, run);
    if (options_.keeps_ledger) {
        Finish finish{entry.id, entry.attempt, run.outcome(), run.ended_at, run.started_at()};
        if (run.output() != nullptr) finish.output = *run.output();
        finish.retry_at = retry_at;
        draft_.plan->batch.finishes.push_back(std::move(finish));
    }
    return retry_at;
}

std::optional<WallTime> EndPlanner::retry_of(const OpenEntry& entry, const Completion& run) {
    const JobPolicies& policies = entry.job->policies();
    if (policies.retries == 0 && policies.on_lost == OnLost::record) return std::nullopt;
    const JobRecord* record = state_.find(entry.handle);
    if (record != nullptr && record->deleted && !mutated(SchedulerMutant::deleted_is_tried_again))
        return std::nullopt;
    const bool due_again = record != nullptr && record->active && !state_.pause_end(*record);
    const bool finished =
        (record != nullptr && record->finished) || entry.job->state() == JobState::finished;
    if (!due_again && !finished && entry.kind == ExecutionKind::scheduled) return std::nullopt;
    AttemptEnd end{entry.id, entry.attempt, run.kind(), run.ended_at, std::nullopt};
    if (due_again && record->job->schedule()) {
        end.next_due = ExecutionState::in_force(*record).next(entry.due);
    }
    return next_attempt(policies, end);
}

// A run that had timed out is really over.
void EndPlanner::release_stuck(EntryHandle entry_handle) {
    OpenEntry& entry = state_.open_entries.at(entry_handle);
    if (entry.is_retry()) {
        wait_for_time(state_.open_entries.renew(entry_handle));
        return;
    }
    const std::uint32_t index = index_of(entry.handle);
    state_.open_entries.remove(entry_handle);
    give_turn(index);
}

// Claimed, and may start at `not_before`.
void EndPlanner::wait_for_time(EntryHandle entry_handle) {
    const OpenEntry& entry = state_.open_entries.at(entry_handle);
    if (!entry.must_wait(draft_.now)) {
        state_.open_entries.set_phase(entry_handle, Phase::waiting_for_slot);
        return;
    }
    const Duration wait = entry.special->not_before - draft_.now;
    state_.open_entries.set_phase(entry_handle, Phase::delayed);
    state_.alarms.add({draft_.boot + wait, entry_handle, Alarm::Kind::wake});
}

// The oldest run that waited for the end of its job's others now waits for a slot only: its grace
// begins.
void EndPlanner::give_turn(std::uint32_t index) {
    if (mutated(SchedulerMutant::turn_not_given)) return;
    if (const auto entry_handle = state_.open_entries.whose_turn(index)) {
        OpenEntry& entry = state_.open_entries.at(*entry_handle);
        const bool settled =
            grace_is_settled(*entry.job, entry.due, entry.claimed_at, options_.misfire_after);
        if (entry.kind == ExecutionKind::scheduled && !settled) {
            const Duration grace = grace_of(*entry.job, entry.due);
            const Duration waited = std::max(draft_.now - entry.not_before(), Duration::zero());
            entry.grace = grace == Duration::max() ? grace : waited + grace;
        }
        wait_for_time(*entry_handle);
        draft_.plan->turned.push_back(*entry_handle);
    }
}

void EndPlanner::add_withdrawn() {
    for (const auto& [entry_handle, reason] : std::exchange(state_.withdrawn, {})) {
        const OpenEntry* entry = state_.open_entries.find(entry_handle);
        if (entry == nullptr) continue;
        const std::uint32_t index = index_of(entry->handle);
        if (entry->is_retry()) {
            give_up(entry_handle, true);
        } else if (is_waiting(entry->phase)) {
            drop(entry_handle, reason);
            give_turn(index);
        }
    }
}

void EndPlanner::drop(EntryHandle entry_handle, SkipReason reason) {
    const OpenEntry& entry = state_.open_entries.at(entry_handle);
    if (options_.keeps_ledger) draft_.plan->batch.skips.push_back({entry.id, reason, draft_.now});
    drop_as(entry_handle, EntryState::skipped, reason);
}

void EndPlanner::cover(EntryHandle entry_handle, EntryHandle cover) {
    const ExecutionId& id = state_.open_entries.at(entry_handle).id;
    const ExecutionId& by = state_.open_entries.at(cover).id;
    if (options_.keeps_ledger) {
        draft_.plan->batch.skips.push_back({id, SkipReason::none, draft_.now, by});
    }
    drop_as(entry_handle, EntryState::coalesced, SkipReason::none);
}

void EndPlanner::drop_as(EntryHandle entry_handle, EntryState state, SkipReason reason) {
    const OpenEntry& entry = state_.open_entries.at(entry_handle);
    draft_.plan->not_run.push_back({entry.job, entry.due, 1, state, reason, nullptr});
    draft_.plan->dropped.push_back({entry_handle, entry.phase, reason});
    state_.open_entries.set_phase(entry_handle, Phase::ending);
}

// What waits for its function is younger, and has its own turn to come.
void EndPlanner::replace(std::uint32_t index, const std::string* target) {
    for (const EntryHandle entry_handle : state_.open_entries.entries_of(index)) {
        const OpenEntry& earlier = state_.open_entries.at(entry_handle);
        if (target != nullptr && earlier.target() != nullptr && *earlier.target() != *target) {
            continue;
        }
        if (earlier.phase == Phase::unbound || forgo_attempt(entry_handle)) continue;
        const Phase phase = earlier.phase;
        if (earlier.is_retry() && phase != Phase::starting) {
            give_up(entry_handle, false);
        } else if (is_waiting(phase)) {
            drop(entry_handle, SkipReason::overlap);
        } else if (phase != Phase::ending) {
            draft_.plan->replaced.push_back(entry_handle);
        }
    }
}

// The next attempt is not made: the entry ends as the last one did.
void EndPlanner::give_up(EntryHandle entry_handle, bool superseded) {
    OpenEntry& entry = state_.open_entries.at(entry_handle);
    const Phase was = entry.phase;
    --entry.attempt;
    Outcome last = std::move(*entry.special->last);
    entry.special->last.reset();
    --state_.retries;
    if (options_.keeps_ledger) {
        draft_.plan->batch.finishes.push_back({entry.id, entry.attempt, last, draft_.now});
    }
    if (was != Phase::stuck) state_.open_entries.set_phase(entry_handle, Phase::ending);
    draft_.plan->given_up.push_back({{entry_handle, std::move(last), draft_.now}, was, superseded});
}

bool EndPlanner::outlives_next(const OpenEntry& entry) {
    return entry.job->policies().retry_past_next || entry.special->last->kind == OutcomeKind::lost;
}

// Whose attempt ended in this very plan, to be followed by another: there is none. False where
// that is not how it stands.
bool EndPlanner::forgo_attempt(EntryHandle entry_handle) {
    const auto found = std::find_if(
        draft_.plan->retried.begin(), draft_.plan->retried.end(),
        [entry_handle](const EndedAttempt& one) { return one.run.entry_handle == entry_handle; });
    if (found == draft_.plan->retried.end()) return false;
    OpenEntry& entry = state_.open_entries.at(entry_handle);
    for (Finish& finish : draft_.plan->batch.finishes) {
        if (finish.id == entry.id) finish.retry_at.reset();
    }
    state_.open_entries.end(entry);
    draft_.plan->finishes.push_back(std::move(found->run));
    draft_.plan->retried.erase(found);
    return true;
}

// The next due time ends the attempts of those before it.
void EndPlanner::end_retries(std::uint32_t index, const std::string* target) {
    if (state_.retries == 0 || state_.open_entries.runs_of(index).open == 0) return;
    for (const EntryHandle entry_handle : state_.open_entries.entries_of(index)) {
        const OpenEntry& entry = state_.open_entries.at(entry_handle);
        if (!entry.is_retry() || outlives_next(entry)) continue;
        if (entry.phase == Phase::starting || entry.phase == Phase::ending) continue;
        if (target != nullptr && entry.target() != nullptr && *entry.target() != *target) continue;
        give_up(entry_handle, false);
    }
}

// Whose jitter or backoff is over.
void EndPlanner::wake() {
    for (const EntryHandle entry_handle : std::exchange(state_.woken, {})) {
        const OpenEntry* entry = state_.open_entries.find(entry_handle);
        if (entry == nullptr || entry->phase != Phase::delayed) continue;
        if (entry->is_retry() && is_overtaken(*entry)) {
            const std::uint32_t index = index_of(entry->handle);
            give_up(entry_handle, false);
            give_turn(index);
        } else {
            state_.open_entries.set_phase(entry_handle, Phase::waiting_for_slot);
        }
    }
}

// The next due time has come meanwhile, and is not decided yet.
bool EndPlanner::is_overtaken(const OpenEntry& entry) {
    if (outlives_next(entry)) return false;
    const JobRecord* record = state_.find(entry.handle);
    if (record == nullptr || !record->active || !record->job->schedule()) return false;
    const auto next = ExecutionState::in_force(*record).next(entry.due);
    return next && *next <= draft_.now;
}

void EndPlanner::promote() {
    if (const auto patience = state_.open_entries.deadline(); patience && *patience < draft_.now) {
        for (const EntryHandle entry_handle : state_.open_entries.take_expired(draft_.now)) {
            // One that was taken back stands in the line twice.
            if (state_.open_entries.at(entry_handle).phase != Phase::ending)
                drop_late(entry_handle);
        }
    }
    while (const auto entry_handle = state_.open_entries.first_waiting()) {
        const OpenEntry& entry = state_.open_entries.at(*entry_handle);
        if (entry.grace != Duration::max() && draft_.now - entry.not_before() > entry.grace) {
            drop_late(*entry_handle);
            continue;
        }
        if (options_.keeps_ledger) draft_.plan->batch.starts.push_back({entry.id, draft_.now});
        state_.open_entries.set_phase(*entry_handle, Phase::starting);
        draft_.plan->starting.push_back(*entry_handle);
        draft_.plan->promoted.push_back(*entry_handle);
    }
}

void EndPlanner::drop_late(EntryHandle entry_handle) {
    const OpenEntry& entry = state_.open_entries.at(entry_handle);
    const std::uint32_t index = index_of(entry.handle);
    const bool unbound = entry.phase == Phase::unbound;
    drop(entry_handle, unbound ? SkipReason::unbound : SkipReason::concurrency);
    give_turn(index);
}

}  // namespace quantum::scheduler
