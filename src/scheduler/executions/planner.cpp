#include "scheduler/executions/planner.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "quantum/job.hpp"

#include "scheduler/common/prefetch.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

constexpr std::size_t finishes_ahead = 8;

template <class T>
void put_in_front(std::vector<T>& queue, std::vector<T>&& items) {
    items.insert(items.end(), std::make_move_iterator(queue.begin()),
                 std::make_move_iterator(queue.end()));
    queue = std::move(items);
}

}  // namespace

Planner::Planner(ExecutionState& state, Timeline& timeline, NextDues& next_dues,
                 const PlannerOptions& options)
    : state_(state),
      timeline_(timeline),
      options_(options),
      ends_(state, draft_, options_),
      bindings_(state, ends_, draft_, options_),
      dues_(state, timeline, next_dues, ends_, draft_, options_) {}

Plan Planner::plan(WallTime now, BootTime boot, bool firing) {
    Plan plan;
    draft_ = {&plan, now, boot};
    plan.number = ++state_.last_plan;
    plan.old_watermark = state_.watermark;
    plan.steps = std::exchange(state_.steps, {});
    if (!plan.steps.empty()) plan.watermark = state_.watermark;
    ends_.add_expired();
    ends_.add_finishes();
    ends_.add_withdrawn();
    if (firing) {
        bindings_.add_bound();
        dues_.add_carry_overs();
        dues_.add_manual();
        ends_.wake();
        ends_.promote();
        dues_.add_due();
    }
    if (options_.keeps_ledger && !plan.empty()) {
        plan.notes = std::exchange(state_.notes, {});
        plan.batch.audit = plan.notes;
    }
    if (options_.keeps_ledger) {
        plan.batch.steps = plan.steps;
        plan.batch.watermark = plan.watermark;
    }
    QUANTUM_ASSERT(!plan.watermark || !plan.old_watermark ||
                   *plan.watermark >= *plan.old_watermark);
    draft_.plan = nullptr;
    return plan;
}

std::vector<Execution> Planner::commit(Plan& plan, WallTime now, BootTime boot) {
    draft_ = {nullptr, now, boot};
    for (std::size_t at = 0; at < plan.finishes.size(); ++at) {
        if (at + finishes_ahead < plan.finishes.size()) {
            prefetch(state_.open_entries.at(plan.finishes[at + finishes_ahead].entry_handle).job);
        }
        const Completion& run = plan.finishes[at];
        note_end(run);
        if (mutated(SchedulerMutant::overlap_mark_kept)) {
            state_.open_entries.set_phase(run.entry_handle, Phase::running);
            continue;
        }
        state_.open_entries.remove(run.entry_handle);
    }
    for (EndedAttempt& ended : plan.retried) {
        prepare_retry(ended);
        ends_.wait_for_time(state_.open_entries.renew(ended.run.entry_handle));
    }
    for (EndedAttempt& ended : plan.expired) {
        if (ended.retry_at) {
            prepare_retry(ended);
        } else {
            note_end(ended.run);
        }
    }
    for (const GivenUp& given_up : plan.given_up) {
        note_end(given_up.run);
        if (given_up.was != Phase::stuck) state_.open_entries.remove(given_up.run.entry_handle);
    }
    for (const Dropped& dropped : plan.dropped) state_.open_entries.remove(dropped.entry_handle);
    // Counting up a holder waits for all that was written before: so that comes first, and not in
    // between the executions.
    std::vector<JobRef> jobs;
    jobs.reserve(plan.starting.size());
    for (const EntryHandle entry_handle : plan.starting)
        jobs.push_back(state_.open_entries.at(entry_handle).job);
    std::vector<Execution> executions;
    executions.reserve(plan.starting.size());
    for (const EntryHandle entry_handle : plan.starting) {
        OpenEntry& entry = state_.open_entries.at(entry_handle);
        if (entry.phase == Phase::starting) {
            entry.phase = Phase::running;  // it holds its slot already
        } else {
            state_.open_entries.set_phase(entry_handle, Phase::running);
        }
        if (entry.is_retry()) {
            entry.special->last.reset();
            --state_.retries;
        }
        if (const auto timeout = function_timeout(*entry.job)) {
            state_.alarms.add({boot + *timeout, entry_handle, Alarm::Kind::timeout});
        }
        Execution& execution = executions.emplace_back();
        execution.job = std::move(jobs[executions.size() - 1]);
        fill(execution, entry_handle, entry, now, boot);
    }
    return executions;
}

void Planner::note_end(const Completion& run) {
    const OpenEntry& entry = state_.open_entries.at(run.entry_handle);
    state_.note_end(entry.handle, run.kind(), run.ended_at);
}

void Planner::prepare_retry(EndedAttempt& ended) {
    note_end(ended.run);
    OpenEntry& entry = state_.open_entries.at(ended.run.entry_handle);
    if (!mutated(SchedulerMutant::retry_has_the_same_number)) ++entry.attempt;
    entry.grace = Duration::max();
    entry.own_special().not_before = *ended.retry_at;
    entry.special->last = ended.run.take_outcome();
    ++state_.retries;
}

Execution Planner::execution_of(EntryHandle entry_handle, const OpenEntry& entry, WallTime now,
                                BootTime boot) const {
    Execution execution;
    execution.job = entry.job;
    fill(execution, entry_handle, entry, now, boot);
    return execution;
}

void Planner::fill(Execution& execution, EntryHandle entry_handle, const OpenEntry& entry,
                   WallTime now, BootTime boot) {
    execution.id = entry.id;
    execution.due = entry.due;
    execution.claimed_at = entry.claimed_at;
    execution.fired = now;
    execution.fired_boot = boot;
    execution.attempt = entry.attempt;
    execution.pass = entry.pass;
    execution.kind = entry.kind;
    execution.entry_handle = static_cast<std::uint64_t>(entry_handle);
    if (entry.special) {
        execution.node = entry.special->node;
        execution.not_before = entry.special->not_before;
    }
}

void Planner::roll_back(Plan&& plan) {
    OpenEntries& open_entries = state_.open_entries;
    for (const EntryHandle entry_handle : plan.created) open_entries.remove(entry_handle);
    if (!mutated(SchedulerMutant::refused_key_is_used)) {
        for (const std::string& key : plan.keys) state_.keys.erase(key);
    }
    for (const EntryHandle entry_handle : plan.promoted)
        open_entries.set_phase(entry_handle, Phase::waiting_for_slot);
    for (const Dropped& dropped : plan.dropped) {
        restore(dropped.entry_handle, dropped.was);
        const bool withdrawn =
            dropped.reason == SkipReason::superseded || dropped.reason == SkipReason::misfire;
        if (withdrawn) state_.withdrawn.push_back({dropped.entry_handle, dropped.reason});
    }
    for (auto at = plan.turned.rbegin(); at != plan.turned.rend(); ++at) {
        open_entries.set_phase(*at, Phase::queued);
    }
    for (GivenUp& given_up : plan.given_up) roll_back(given_up);
    roll_back_bound(plan);
    if (!mutated(SchedulerMutant::take_back_forgets)) roll_back_claims(plan);
    std::vector<Completion> expired;
    for (EndedAttempt& ended : plan.expired) {
        open_entries.set_phase(ended.run.entry_handle, Phase::running);
        expired.push_back(std::move(ended.run));
    }
    put_in_front(state_.expired, std::move(expired));
    for (EndedAttempt& ended : plan.retried) plan.finishes.push_back(std::move(ended.run));
    for (const Completion& run : plan.finishes)
        open_entries.set_phase(run.entry_handle, Phase::running);
    if (mutated(SchedulerMutant::finish_lost_on_failure)) plan.finishes.clear();
    put_in_front(state_.ended, std::move(plan.finishes));
    if (!mutated(SchedulerMutant::step_lost_on_failure))
        put_in_front(state_.steps, std::move(plan.steps));
    if (!mutated(SchedulerMutant::carry_overs_lost_on_failure))
        put_in_front(state_.carry_overs, std::move(plan.carry_overs));
    if (!mutated(SchedulerMutant::manual_run_vanishes))
        put_in_front(state_.manual, std::move(plan.manual));
    if (!mutated(SchedulerMutant::notes_lost_on_failure))
        put_in_front(state_.notes, std::move(plan.notes));
    if (plan.watermark && !mutated(SchedulerMutant::watermark_kept_on_failure))
        state_.watermark = plan.old_watermark;
    dues_.forget_instant();
}

void Planner::roll_back(GivenUp& given_up) {
    const EntryHandle entry_handle = given_up.run.entry_handle;
    OpenEntry& entry = state_.open_entries.at(entry_handle);
    entry.special->last = given_up.run.take_outcome();
    ++entry.attempt;
    ++state_.retries;
    restore(entry_handle, given_up.was);
    if (given_up.superseded) state_.withdrawn.push_back({entry_handle, SkipReason::superseded});
}

// Those among them that went on within this plan have been restored to where they went first.
void Planner::roll_back_bound(Plan& plan) {
    for (const BoundEntry& bound : plan.bound) {
        state_.open_entries.at(bound.entry_handle).grace = bound.grace;
        state_.open_entries.set_phase(bound.entry_handle, Phase::unbound);
    }
    if (mutated(SchedulerMutant::binding_lost_on_failure)) return;
    put_in_front(state_.bound, std::move(plan.bound_jobs));
}

void Planner::restore(EntryHandle entry_handle, Phase was) {
    state_.open_entries.set_phase(entry_handle, was);
    // Its alarm may have rung while it was thought to be gone.
    if (was == Phase::delayed) ends_.wait_for_time(entry_handle);
}

void Planner::roll_back_claims(const Plan& plan) {
    for (auto at = plan.claims.rbegin(); at != plan.claims.rend(); ++at) {
        const std::uint32_t index = index_of(at->handle);
        JobRecord* record = state_.find(at->handle);
        if (record != nullptr && record->active && record->revision == at->revision) {
            timeline_.remove(index);
            record->undecide_after(at->old_position);
            record->recovered = at->old_recovered;
            record->no_future = false;
            timeline_.insert(at->due, index);
            continue;
        }
        // Changed or deleted meanwhile: what was decided is decided again, as it was defined.
        CarryOver left{at->handle, at->job, at->revision, at->due, at->last + Duration(1)};
        if (at->last < at->due) {
            left.first = at->old_position + Duration(1);  // the end of a pause
            left.none_runs = SkipReason::paused;
        } else if (record == nullptr || record->deleted) {
            left.none_runs = SkipReason::superseded;
        }
        state_.carry_overs.insert(state_.carry_overs.begin(), std::move(left));
    }
}

}  // namespace quantum::scheduler
