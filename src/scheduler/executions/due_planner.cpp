#include "scheduler/executions/due_planner.hpp"

#include <algorithm>
#include <utility>

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"
#include "schedule/view.hpp"
#include "scheduler/common/prefetch.hpp"
#include "scheduler/entries/policies.hpp"
#include "scheduler/entries/retry_policy.hpp"
#include "scheduler/jobs/binding.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

namespace {

bool is_left_out(const Schedule& schedule, WallTime instant) {
    return schedule.next_left_out(instant - Duration(1), instant + Duration(1)).has_value();
}

// Idempotency keys are remembered by job; no name holds a control character.
std::string key_of(const ManualRun& asked) { return asked.job->name() + '\n' + asked.key; }

// A definition that was replaced before it had its function, which the next one has brought.
JobRef bound_if_it_is(const JobRef& job, const JobRecord* record) {
    const bool lacks = job->task().kind() == TaskKind::none;
    if (!lacks || record == nullptr || record->unbound) return job;
    return JobRef(with_task_of(*job, *record->job));
}

constexpr std::size_t ahead = 8;
constexpr Duration keys_kept = std::chrono::hours(24);

}  // namespace

void DuePlanner::add_carry_overs() {
    std::vector<CarryOver> carry_overs = std::exchange(state_.carry_overs, {});
    for (const CarryOver& left : carry_overs) {
        const JobRecord* const record = state_.find(left.handle);
        const JobRef job = bound_if_it_is(left.job, record);
        Subject subject{left.handle, job, left.revision};
        subject.unbound = record != nullptr && record->unbound;
        const Schedule& schedule = *left.job->schedule();
        const WallTime last = left.until - Duration(1);
        if (left.none_runs != SkipReason::none) {
            if (const auto all = skipped_between(schedule, left.first, last, left.none_runs)) {
                decide(subject, {all, std::nullopt, all->until, false});
            }
            if (left.none_runs != SkipReason::paused) left_out(subject, left.first, last);
            continue;
        }
        left_out(subject, left.first, last);
        std::optional<WallTime> due = first_due(schedule, left.first);
        MissedRules rules{left.job->misfire(), left.job->grace(), left.job->misfire_cap(), 0};
        while (due && *due <= last) {
            const Decision decision = decide_missed(
                rules, schedule, *due, std::min(missed_until(draft_.now), last), draft_.now);
            if (decision.recovered) ++rules.recovered;
            decide(subject, decision);
            due = schedule.next(decision.last);
        }
    }
    draft_.plan->carry_overs = std::move(carry_overs);
}

void DuePlanner::add_manual() {
    for (ManualRun& asked : state_.manual_runs.take()) state_.manual.push_back(std::move(asked));
    draft_.plan->manual = std::exchange(state_.manual, {});
    for (const ManualRun& asked : draft_.plan->manual) {
        if (const auto known = known_key(asked)) {
            draft_.plan->answers.push_back({asked.answer, *known});
            continue;
        }
        Subject subject{asked.handle, asked.job, asked.revision, ExecutionKind::manual};
        subject.asked = &asked;
        const JobRecord* const record = state_.find(asked.handle);
        subject.unbound = record != nullptr && record->unbound;
        // Two requests within a microsecond are two runs.
        state_.last_manual = std::max(draft_.now, state_.last_manual + Duration(1));
        const ExecutionId id = state_.ids.next(draft_.now);
        on_targets(subject, state_.last_manual, [&](const Subject& on) {
            run(on, state_.last_manual, on.asked != nullptr ? id : state_.ids.next(draft_.now));
        });
    }
}

std::optional<ExecutionId> DuePlanner::known_key(const ManualRun& asked) {
    if (asked.key.empty()) return std::nullopt;
    std::erase_if(state_.keys, [this](const auto& one) {
        return draft_.now - one.second.at >
               keys_kept * (mutated(SchedulerMutant::key_kept_for_good) ? 7 : 1);
    });
    const auto known = state_.keys.find(key_of(asked));
    if (known == state_.keys.end()) return std::nullopt;
    return known->second.id;
}

void DuePlanner::add_due() {
    std::vector<std::uint32_t> taken;
    std::size_t room = options_.first_slice;
    while (const auto due = timeline_.head()) {
        if (*due > draft_.now || waits_for_change(*due, draft_.now)) return;
        note_lateness(*due);
        if (continued_ == due) {
            room = options_.keeps_ledger ? options_.slice : options_.unstored_slice;
        }
        if (draft_.plan->decided >= room) return;
        taken.clear();
        taken.reserve(std::min(room, timeline_.size()));
        draft_.plan->starting.reserve(taken.capacity());
        timeline_.take_head(room - draft_.plan->decided, taken);
        for (std::size_t at = 0; at < taken.size(); ++at) {
            if (at + ahead < taken.size()) prefetch(state_.records[taken[at + ahead]].job);
            claim(taken[at], *due);
        }
        if (timeline_.head() == due) {
            // The instant has more: hand out what is decided, put these back while it is stored.
            continued_ = due;
            draft_.plan->unfinished = due;
            draft_.plan->deferred = std::move(taken);
            return;
        }
        if (!state_.watermark || *due > *state_.watermark) {
            state_.watermark = *due;
            draft_.plan->watermark = *due;
            if (mutated(SchedulerMutant::watermark_too_early)) {
                *draft_.plan->watermark += std::chrono::minutes(30);
            }
        }
        if (continued_ == due) {
            continued_.reset();
            draft_.plan->deferred = std::move(taken);
            return;
        }
        next_dues_.put_back(taken);
    }
}

// Beyond the tolerance, and no restart or step explains it: the machine slept, the storage refused,
// or the process got no time. Who reads the ledger later is to know.
void DuePlanner::note_lateness(WallTime due) {
    const WallTime told = std::max(state_.missed_until, state_.lateness_noted_until);
    if (!options_.keeps_ledger || due <= told || draft_.now - due <= options_.misfire_after) return;
    state_.lateness_noted_until = draft_.now;
    state_.notes.push_back({draft_.now, "scheduler", "late", {}, "since " + base::rfc3339(due)});
}

void DuePlanner::claim(std::uint32_t index, WallTime due) {
    JobRecord& record = state_.records[index];
    const Job& job = *record.job;
    const JobHandle handle = state_.handle_of(index);
    const WallTime old_position = record.position();
    const std::uint32_t old_recovered = record.recovered;
    const auto keep_claim = [&] {
        ++draft_.plan->decided;
        if (!options_.keeps_ledger) return;
        draft_.plan->claims.push_back({handle, record.revision, due, record.position(),
                                       old_position, old_recovered, record.job});
    };
    Subject subject{handle, record.job, record.revision};
    subject.unbound = record.unbound;
    if (state_.pause_end(record)) {
        // The instant at which a pause ends; what is due then comes after that.
        const WallTime first = record.position() + Duration(1);
        record.decide_until(due - Duration(1));
        keep_claim();
        if (const auto all =
                skipped_between(*job.schedule(), first, record.position(), SkipReason::paused)) {
            decide(subject, {all, std::nullopt, all->until, false});
        }
        return;
    }
    Decision decision{std::nullopt, due, due, false};
    const bool may_leave_out = schedule::ScheduleView::may_leave_out(*job.schedule());
    if (may_leave_out && is_left_out(*job.schedule(), due)) {
        decision.run.reset();
    } else if (due <= missed_until(draft_.now)) {
        decision = decide_missed({job.misfire(), job.grace(), job.misfire_cap(), record.recovered},
                                 ExecutionState::in_force(record), due, missed_until(draft_.now),
                                 draft_.now);
        if (decision.recovered) ++record.recovered;
    } else {
        record.recovered = 0;
    }
    record.decide_until(decision.last);
    keep_claim();
    if (may_leave_out) left_out(subject, due, decision.last);
    decide(subject, decision);
}

WallTime DuePlanner::missed_until(WallTime now) const {
    return state_.missed_by(now, options_.misfire_after);
}

// From the instant of a change its definition counts. What was missed is decided as a whole, and
// only up to there by the definition before.
bool DuePlanner::waits_for_change(WallTime due, WallTime now) const {
    const WallTime change = state_.pending_changes.pending_from();
    return due >= change || (change <= now && due <= missed_until(now));
}

void DuePlanner::left_out(const Subject& subject, WallTime from, WallTime until) {
    const Schedule& schedule = *subject.job->schedule();
    auto at = schedule.next_left_out(from - Duration(1), until + Duration(1));
    for (; at; at = schedule.next_left_out(*at, until + Duration(1))) {
        const DueRange row{*at, *at, 1, EntryState::skipped, SkipReason::dst_gap};
        not_run(subject, row, state_.ids.next(draft_.now), std::nullopt);
    }
}

void DuePlanner::decide(const Subject& subject, const Decision& decision) {
    const WallTime due = decision.run ? *decision.run : decision.last;
    Subject decided = subject;
    decided.follows = decision.recovered && subject.job->misfire() == Misfire::all &&
                      !mutated(SchedulerMutant::missed_runs_obey_overlap);
    on_targets(decided, due, [&](const Subject& on) { decide_on(on, decision); });
}

void DuePlanner::decide_on(const Subject& subject, const Decision& decision) {
    if (state_.retries > 0) ends_.end_retries(index_of(subject.handle), subject.own_target());
    if (!decision.range) {
        if (decision.run) run(subject, *decision.run, state_.ids.next(draft_.now));
        return;
    }
    std::optional<ExecutionId> run_id;
    if (decision.run) run_id = state_.ids.next(draft_.now);
    const bool covered = decision.range->state == EntryState::coalesced;
    not_run(subject, *decision.range, state_.ids.next(draft_.now), covered ? run_id : std::nullopt);
    if (decision.run) run(subject, *decision.run, *run_id);
}

// Once for each target; without a strategy there is one, this node.
template <class Do>
void DuePlanner::on_targets(const Subject& subject, WallTime due, const Do& act) {
    if (!subject.job->run_strategy()) return act(subject);
    Subject on = subject;
    for (const Target& target : targets_of(*subject.job, due, state_, options_)) {
        on.target = &target;
        act(on);
        on.asked = nullptr;  // answered by the first
    }
}

void DuePlanner::run(const Subject& subject, WallTime due, ExecutionId id) {
    if (subject.target != nullptr && !subject.target->is_up) {
        not_run(subject, {due, due, 1, EntryState::skipped, SkipReason::node_down}, id,
                std::nullopt);
        return answer(subject, fail(ErrorCode::unavailable, "job '" + subject.job->name() +
                                                                "': " + subject.target->fault()));
    }
    if (subject.unbound) return wait_for_function(subject, due, id);
    OpenEntries& open_entries = state_.open_entries;
    const std::uint32_t index = index_of(subject.handle);
    const Job& job = *subject.job;
    const std::string* const target = subject.own_target();
    const OpenRuns earlier =
        target == nullptr ? open_entries.runs_of(index) : open_entries.runs_of(index, target);
    const Admission admission = earlier.open == 0 ? Admission::go
                                : subject.follows
                                    ? admit_in_line(job.overlap(), earlier)
                                    : admit(job.overlap(), job.queue_limit(), earlier);
    if (admission == Admission::skip) {
        not_run(subject, {due, due, 1, EntryState::skipped, SkipReason::overlap}, id, std::nullopt);
        return answer(subject, fail(ErrorCode::unavailable,
                                    "job '" + job.name() + "': an earlier run is still open"));
    }
    if (admission == Admission::replace) ends_.replace(index, target);
    OpenEntry& open = draft_entry(subject, due, id);
    if (admission != Admission::go && open_entries.runs_of(index, target).open > 0) {
        open.phase = Phase::queued;
    } else {
        open.phase = open.must_wait(draft_.now)                       ? Phase::delayed
                     : open_entries.may_start_at_once(open.limit_set) ? Phase::starting
                                                                      : Phase::waiting_for_slot;
        const bool has_grace = subject.kind == ExecutionKind::scheduled && !subject.follows;
        if (open.phase != Phase::starting && has_grace) {
            open.grace = grace_of(job, due);
        }
    }
    add_entry(subject, open);
}

// Whatever else is open: once the function is there, BindPlanner decides.
void DuePlanner::wait_for_function(const Subject& subject, WallTime due, ExecutionId id) {
    OpenEntry& open = draft_entry(subject, due, id);
    open.phase = Phase::unbound;
    open.claimed_unbound = true;
    if (subject.kind == ExecutionKind::scheduled) open.grace = grace_of(*subject.job, due);
    add_entry(subject, open);
}

// The draft, with its row.
void DuePlanner::add_entry(const Subject& subject, const OpenEntry& open) {
    if (options_.keeps_ledger) claim_entry(subject, open);
    const Phase phase = open.phase;
    const ExecutionId id = open.id;
    const WallTime not_before = open.not_before();
    const EntryHandle entry_handle = state_.open_entries.add_draft();
    if (options_.keeps_ledger) draft_.plan->created.push_back(entry_handle);
    if (phase == Phase::starting) draft_.plan->starting.push_back(entry_handle);
    if (phase == Phase::delayed) {
        state_.alarms.add(
            {draft_.boot + (not_before - draft_.now), entry_handle, Alarm::Kind::wake});
    }
    if (subject.asked != nullptr && !subject.asked->key.empty()) {
        draft_.plan->keys.push_back(key_of(*subject.asked));
        state_.keys.insert_or_assign(draft_.plan->keys.back(), KnownRun{id, draft_.now});
    }
    if (subject.asked != nullptr) answer(subject, id);
}

void DuePlanner::answer(const Subject& subject, Result<ExecutionId> result) {
    if (subject.asked != nullptr) {
        draft_.plan->answers.push_back({subject.asked->answer, std::move(result)});
    }
}

OpenEntry& DuePlanner::draft_entry(const Subject& subject, WallTime due, ExecutionId id) {
    const Job& job = *subject.job;
    OpenEntry& open = state_.open_entries.draft();
    open.id = id;
    open.job = subject.job;
    open.handle = subject.handle;
    open.revision = subject.revision;
    open.due = due;
    open.claimed_at = draft_.now;
    open.pass = subject.kind == ExecutionKind::scheduled ? state_.pass_of(due) : 0;
    open.kind = subject.kind;
    const JobPolicies& policies = job.policies();
    if (!policies.tags.empty()) open.limit_set = state_.open_entries.limit_set_of(policies.tags);
    if (policies.jitter > Duration::zero() && subject.kind == ExecutionKind::scheduled) {
        const Duration delay = jitter_of(job.name(), policies.jitter);
        if (delay > Duration::zero()) open.own_special().not_before = due + delay;
    }
    if (subject.target != nullptr) {
        open.own_special().node = subject.target->node;
        open.own_special().own_target = subject.target->own_entry;
    }
    return open;
}

void DuePlanner::claim_entry(const Subject& subject, const OpenEntry& open) {
    Entry entry = entry_of(subject, open.due, open.id);
    const bool starts = open.phase == Phase::starting;
    entry.state = starts ? EntryState::started : EntryState::claimed;
    if (starts) entry.handed_at = draft_.now;
    if (open.claimed_unbound && !mutated(SchedulerMutant::unbound_is_not_stored)) {
        entry.reason = SkipReason::unbound;
    }
    if (open.not_before() > open.due) entry.not_before = open.not_before();
    if (subject.asked != nullptr) entry.key = subject.asked->key;
    draft_.plan->batch.claims.push_back(std::move(entry));
}

void DuePlanner::not_run(const Subject& subject, const DueRange& range, ExecutionId id,
                         std::optional<ExecutionId> covered_by) {
    draft_.plan->not_run.push_back({subject.job, range.from, range.count, range.state, range.reason,
                                    subject.target != nullptr ? subject.target->node : nullptr,
                                    subject.target != nullptr ? subject.target->thrown : nullptr});
    if (!options_.keeps_ledger) return;
    Entry entry = entry_of(subject, range.from, id);
    entry.until = range.until;
    entry.count = range.count;
    entry.state = range.state;
    entry.reason = range.reason;
    entry.covered_by = covered_by;
    entry.ended_at = draft_.now;
    draft_.plan->batch.claims.push_back(std::move(entry));
}

Entry DuePlanner::entry_of(const Subject& subject, WallTime due, ExecutionId id) const {
    Entry entry;
    entry.id = id;
    entry.job = subject.job->name();
    entry.revision = subject.revision;
    entry.due = due;
    entry.until = due;
    entry.pass = subject.kind == ExecutionKind::scheduled ? state_.pass_of(due) : 0;
    entry.kind = subject.kind;
    if (const std::string* target = subject.own_target()) entry.target = *target;
    entry.claimed_at = draft_.now;
    return entry;
}

}  // namespace quantum::scheduler
