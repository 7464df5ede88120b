#include <algorithm>
#include <exception>
#include <utility>

#include "quantum/job.hpp"
#include "quantum/run_strategy.hpp"

#include "base/rfc3339.hpp"
#include "schedule/view.hpp"
#include "scheduler/common/prefetch.hpp"
#include "scheduler/entries/policies.hpp"
#include "scheduler/entries/retry_policy.hpp"
#include "scheduler/executions/round_maker.hpp"
#include "scheduler/mutant.hpp"

// What becomes of due times and of requests to run now.
namespace quantum::scheduler {

namespace {

bool is_left_out(const Schedule& schedule, WallTime instant) {
    return schedule.next_left_out(instant - Duration(1), instant + Duration(1)).has_value();
}

// Idempotency keys are remembered by job; no name holds a control character.
std::string key_of(const ManualRun& asked) { return asked.job->name() + '\n' + asked.key; }

constexpr std::size_t ahead = 8;
constexpr Duration keys_kept = std::chrono::hours(24);

}  // namespace

void RoundMaker::add_leftovers() {
    std::vector<Leftover> leftovers = std::exchange(book_.leftovers, {});
    for (const Leftover& left : leftovers) {
        const Subject subject{left.handle, left.job, left.revision};
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
            const Verdict verdict =
                decide_missed(rules, schedule, *due, std::min(missed_until(now_), last), now_);
            if (verdict.recovered) ++rules.recovered;
            decide(subject, verdict);
            due = schedule.next(verdict.last);
        }
    }
    round_->leftovers = std::move(leftovers);
}

void RoundMaker::add_manual() {
    for (ManualRun& asked : book_.manual_runs.take()) book_.manual.push_back(std::move(asked));
    round_->manual = std::exchange(book_.manual, {});
    for (const ManualRun& asked : round_->manual) {
        if (const auto known = known_key(asked)) {
            round_->answers.push_back({asked.answer, *known});
            continue;
        }
        Subject subject{asked.handle, asked.job, asked.revision, ExecutionKind::manual};
        subject.asked = &asked;
        // Two requests within a microsecond are two runs.
        book_.last_manual = std::max(now_, book_.last_manual + Duration(1));
        const ExecutionId id = book_.ids.next(now_);
        on_targets(subject, book_.last_manual, [&](const Subject& on) {
            run(on, book_.last_manual, on.asked != nullptr ? id : book_.ids.next(now_));
        });
    }
}

std::optional<ExecutionId> RoundMaker::known_key(const ManualRun& asked) {
    if (asked.key.empty()) return std::nullopt;
    std::erase_if(book_.keys, [this](const auto& one) {
        return now_ - one.second.at >
               keys_kept * (mutated(SchedulerMutant::key_kept_for_good) ? 7 : 1);
    });
    const auto known = book_.keys.find(key_of(asked));
    if (known == book_.keys.end()) return std::nullopt;
    return known->second.id;
}

void RoundMaker::add_due() {
    std::vector<std::uint32_t> taken;
    std::size_t room = options_.first_slice;
    while (const auto due = timeline_.head()) {
        if (*due > now_ || waits_for_change(*due, now_)) return;
        note_lateness(*due);
        if (continued_ == due) {
            room = options_.keeps_ledger ? options_.slice : options_.unstored_slice;
        }
        if (round_->decided >= room) return;
        taken.clear();
        taken.reserve(std::min(room, timeline_.size()));
        round_->starting.reserve(taken.capacity());
        timeline_.take_head(room - round_->decided, taken);
        for (std::size_t at = 0; at < taken.size(); ++at) {
            if (at + ahead < taken.size()) prefetch(book_.records[taken[at + ahead]].job);
            claim(taken[at], *due);
        }
        if (timeline_.head() == due) {
            // The instant has more: hand out what is decided, put these back while it is stored.
            continued_ = due;
            round_->unfinished = due;
            round_->deferred = std::move(taken);
            return;
        }
        if (!book_.watermark || *due > *book_.watermark) {
            book_.watermark = *due;
            round_->watermark = *due;
            if (mutated(SchedulerMutant::watermark_too_early)) {
                *round_->watermark += std::chrono::minutes(30);
            }
        }
        if (continued_ == due) {
            continued_.reset();
            round_->deferred = std::move(taken);
            return;
        }
        put_back(taken);
    }
}

// Beyond the tolerance, and no restart or step explains it: the machine slept, the storage refused,
// or the process got no time. Who reads the ledger later is to know.
void RoundMaker::note_lateness(WallTime due) {
    const WallTime told = std::max(book_.missed_until, book_.lateness_noted_until);
    if (!options_.keeps_ledger || due <= told || now_ - due <= options_.misfire_after) return;
    book_.lateness_noted_until = now_;
    book_.notes.push_back({now_, "scheduler", "late", {}, "since " + rfc3339(due)});
}

void RoundMaker::claim(std::uint32_t place, WallTime due) {
    JobRecord& record = book_.records[place];
    const Job& job = *record.job;
    const JobHandle handle = book_.handle_of(place);
    const WallTime old_position = record.position;
    const std::uint32_t old_recovered = record.recovered;
    const auto keep_claim = [&] {
        ++round_->decided;
        if (!options_.keeps_ledger) return;
        round_->claims.push_back({handle, record.revision, due, record.position, old_position,
                                  old_recovered, record.job});
    };
    const Subject subject{handle, record.job, record.revision};
    if (book_.pause_end(record)) {
        // The instant at which a pause ends; what is due then comes after that.
        const WallTime first = record.position + Duration(1);
        record.position = due - Duration(1);
        keep_claim();
        if (const auto all =
                skipped_between(*job.schedule(), first, record.position, SkipReason::paused)) {
            decide(subject, {all, std::nullopt, all->until, false});
        }
        return;
    }
    Verdict verdict{std::nullopt, due, due, false};
    const bool may_leave_out = ScheduleView::may_leave_out(*job.schedule());
    if (may_leave_out && is_left_out(*job.schedule(), due)) {
        verdict.run.reset();
    } else if (due <= missed_until(now_)) {
        verdict = decide_missed({job.misfire(), job.grace(), job.misfire_cap(), record.recovered},
                                ExecutionBook::in_force(record), due, missed_until(now_), now_);
        if (verdict.recovered) ++record.recovered;
    } else {
        record.recovered = 0;
    }
    record.position = verdict.last;
    keep_claim();
    if (may_leave_out) left_out(subject, due, verdict.last);
    decide(subject, verdict);
}

WallTime RoundMaker::missed_until(WallTime now) const {
    return std::max(book_.missed_until, now - options_.misfire_after - Duration(1));
}

// From the instant of a change its definition counts. What was missed is decided as a whole, and
// only up to there by the definition before.
bool RoundMaker::waits_for_change(WallTime due, WallTime now) const {
    const WallTime change = book_.acceptance.pending_from();
    return due >= change || (change <= now && due <= missed_until(now));
}

void RoundMaker::left_out(const Subject& subject, WallTime from, WallTime until) {
    const Schedule& schedule = *subject.job->schedule();
    auto at = schedule.next_left_out(from - Duration(1), until + Duration(1));
    for (; at; at = schedule.next_left_out(*at, until + Duration(1))) {
        const Stretch row{*at, *at, 1, EntryState::skipped, SkipReason::dst_gap};
        not_run(subject, row, book_.ids.next(now_), std::nullopt);
    }
}

void RoundMaker::decide(const Subject& subject, const Verdict& verdict) {
    const WallTime due = verdict.run ? *verdict.run : verdict.last;
    Subject decided = subject;
    decided.in_line = verdict.recovered && subject.job->misfire() == Misfire::all &&
                      !mutated(SchedulerMutant::missed_runs_obey_overlap);
    on_targets(decided, due, [&](const Subject& on) { decide_on(on, verdict); });
}

void RoundMaker::decide_on(const Subject& subject, const Verdict& verdict) {
    if (book_.retries > 0) end_retries(place_of(subject.handle), subject.own_target());
    if (!verdict.stretch) {
        if (verdict.run) run(subject, *verdict.run, book_.ids.next(now_));
        return;
    }
    std::optional<ExecutionId> run_id;
    if (verdict.run) run_id = book_.ids.next(now_);
    const bool covered = verdict.stretch->state == EntryState::coalesced;
    not_run(subject, *verdict.stretch, book_.ids.next(now_), covered ? run_id : std::nullopt);
    if (verdict.run) run(subject, *verdict.run, *run_id);
}

// Once for each target; without a strategy there is one, this node.
template <class Do>
void RoundMaker::on_targets(const Subject& subject, WallTime due, const Do& act) {
    if (!subject.job->run_strategy()) return act(subject);
    Subject on = subject;
    for (const Target& target : targets_of(*subject.job, due)) {
        on.target = &target;
        act(on);
        on.asked = nullptr;  // answered by the first
    }
}

std::vector<Target> RoundMaker::targets_of(const Job& job, WallTime due) {
    const RunStrategy& strategy = *job.run_strategy();
    const bool each = strategy.targets() == RunStrategy::Targets::each;
    std::vector<std::string> nodes;
    try {
        nodes = strategy.nodes({job.name(), due, options_.node, options_.nodes});
    } catch (const std::exception&) {
        nodes.clear();  // the user's own code: as if no node were up
    }
    if (!each && nodes.size() > 1) nodes.resize(1);
    std::vector<Target> targets;
    for (std::string& node : nodes) {
        const bool is_up =
            std::find(options_.nodes.begin(), options_.nodes.end(), node) != options_.nodes.end();
        if (std::any_of(targets.begin(), targets.end(),
                        [&](const Target& other) { return *other.node == node; })) {
            continue;
        }
        targets.push_back({book_.node_named(std::move(node)), each, is_up});
    }
    if (targets.empty()) targets.push_back({nullptr, false, false});
    return targets;
}

void RoundMaker::run(const Subject& subject, WallTime due, ExecutionId id) {
    if (subject.target != nullptr && !subject.target->is_up) {
        not_run(subject, {due, due, 1, EntryState::skipped, SkipReason::node_down}, id,
                std::nullopt);
        return answer(subject, fail(ErrorCode::unavailable,
                                    "job '" + subject.job->name() + "': its node is down"));
    }
    TaskRegistry& registry = book_.registry;
    const std::uint32_t place = place_of(subject.handle);
    const Job& job = *subject.job;
    const std::string* const target = subject.own_target();
    const OpenRuns earlier =
        target == nullptr ? registry.runs_of(place) : registry.runs_of(place, target);
    const Admission admission = earlier.open == 0 ? Admission::go
                                : subject.in_line
                                    ? admit_in_line(job.overlap(), earlier)
                                    : admit(job.overlap(), job.queue_limit(), earlier);
    if (admission == Admission::skip) {
        not_run(subject, {due, due, 1, EntryState::skipped, SkipReason::overlap}, id, std::nullopt);
        return answer(subject, fail(ErrorCode::unavailable,
                                    "job '" + job.name() + "': an earlier run is still open"));
    }
    if (admission == Admission::replace) replace(place, target);
    OpenEntry& open = draft_entry(subject, due, id);
    if (admission != Admission::go && registry.runs_of(place, target).open > 0) {
        open.phase = Phase::awaits_turn;
    } else {
        open.phase = open.must_wait(now_)                    ? Phase::awaits_time
                     : registry.may_start_at_once(open.lane) ? Phase::starting
                                                             : Phase::awaits_place;
        const bool has_grace = subject.kind == ExecutionKind::scheduled && !subject.in_line;
        if (open.phase != Phase::starting && has_grace) {
            open.grace = grace_of(job, due);
        }
    }
    if (options_.keeps_ledger) claim_entry(subject, open);
    const Phase phase = open.phase;
    const WallTime not_before = open.not_before();
    const Ticket ticket = registry.add_draft();
    if (options_.keeps_ledger) round_->created.push_back(ticket);
    if (phase == Phase::starting) round_->starting.push_back(ticket);
    if (phase == Phase::awaits_time) {
        book_.alarms.add({boot_ + (not_before - now_), ticket, Alarm::Kind::wake});
    }
    if (subject.asked != nullptr && !subject.asked->key.empty()) {
        round_->keys.push_back(key_of(*subject.asked));
        book_.keys.insert_or_assign(round_->keys.back(), KnownRun{id, now_});
    }
    if (subject.asked != nullptr) answer(subject, id);
}

void RoundMaker::answer(const Subject& subject, Result<ExecutionId> result) {
    if (subject.asked != nullptr) {
        round_->answers.push_back({subject.asked->answer, std::move(result)});
    }
}

// What runs is told to end, what waits is not begun.
void RoundMaker::replace(std::uint32_t place, const std::string* target) {
    for (const Ticket ticket : book_.registry.tickets_of(place)) {
        const OpenEntry& earlier = *book_.registry.find(ticket);
        if (target != nullptr && earlier.target() != nullptr && *earlier.target() != *target) {
            continue;
        }
        if (forgo_attempt(ticket)) continue;
        const Phase phase = earlier.phase;
        if (earlier.is_retry() && phase != Phase::starting) {
            give_up(ticket, false);
        } else if (is_waiting(phase)) {
            drop(ticket, SkipReason::overlap);
        } else if (phase != Phase::ending) {
            round_->replaced.push_back(ticket);
        }
    }
}

OpenEntry& RoundMaker::draft_entry(const Subject& subject, WallTime due, ExecutionId id) {
    const Job& job = *subject.job;
    OpenEntry& open = book_.registry.draft();
    open.id = id;
    open.job = subject.job;
    open.handle = subject.handle;
    open.revision = subject.revision;
    open.due = due;
    open.claimed_at = now_;
    open.pass = subject.kind == ExecutionKind::scheduled ? book_.pass_of(due) : 0;
    open.kind = subject.kind;
    const JobPolicies& policies = job.policies();
    if (!policies.tags.empty()) open.lane = book_.registry.lane_of(policies.tags);
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

void RoundMaker::claim_entry(const Subject& subject, const OpenEntry& open) {
    Entry entry = entry_of(subject, open.due, open.id);
    const bool starts = open.phase == Phase::starting;
    entry.state = starts ? EntryState::started : EntryState::claimed;
    if (starts) entry.handed_at = now_;
    if (open.not_before() > open.due) entry.not_before = open.not_before();
    if (subject.asked != nullptr) entry.key = subject.asked->key;
    round_->batch.claims.push_back(std::move(entry));
}

void RoundMaker::not_run(const Subject& subject, const Stretch& stretch, ExecutionId id,
                         std::optional<ExecutionId> covered_by) {
    round_->not_run.push_back({subject.job, stretch.from, stretch.count, stretch.state,
                               stretch.reason,
                               subject.target != nullptr ? subject.target->node : nullptr});
    if (!options_.keeps_ledger) return;
    Entry entry = entry_of(subject, stretch.from, id);
    entry.until = stretch.until;
    entry.count = stretch.count;
    entry.state = stretch.state;
    entry.reason = stretch.reason;
    entry.covered_by = covered_by;
    entry.ended_at = now_;
    round_->batch.claims.push_back(std::move(entry));
}

Entry RoundMaker::entry_of(const Subject& subject, WallTime due, ExecutionId id) const {
    Entry entry;
    entry.id = id;
    entry.job = subject.job->name();
    entry.revision = subject.revision;
    entry.due = due;
    entry.until = due;
    entry.pass = subject.kind == ExecutionKind::scheduled ? book_.pass_of(due) : 0;
    entry.kind = subject.kind;
    if (const std::string* target = subject.own_target()) entry.target = *target;
    entry.claimed_at = now_;
    return entry;
}

}  // namespace quantum::scheduler
