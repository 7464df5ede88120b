#include "scheduler/round_maker.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"
#include "scheduler/mutant.hpp"
#include "scheduler/policies.hpp"

namespace quantum::scheduler {

namespace {

template <class T>
void put_in_front(std::vector<T>& queue, std::vector<T>&& items) {
    items.insert(items.end(), std::make_move_iterator(queue.begin()),
                 std::make_move_iterator(queue.end()));
    queue = std::move(items);
}

bool is_left_out(const Schedule& schedule, WallTime instant) {
    return schedule.next_left_out(instant - Duration(1), instant + Duration(1)).has_value();
}

}  // namespace

struct RoundMaker::Subject {
    JobHandle handle;
    const JobRef& job;
    std::uint32_t revision;
    ExecutionKind kind = ExecutionKind::scheduled;
    const std::function<void(Result<ExecutionId>)>* answer = nullptr;
};

RoundMaker::RoundMaker(ExecutionBook& book, Timeline& timeline, const RoundOptions& options)
    : book_(book), timeline_(timeline), options_(options) {}

Round RoundMaker::make(WallTime now, bool firing) {
    Round round;
    round_ = &round;
    now_ = now;
    round.number = ++book_.last_round;
    round.old_watermark = book_.watermark;
    round.steps = std::exchange(book_.steps, {});
    if (!round.steps.empty()) round.watermark = book_.watermark;
    add_finishes();
    add_withdrawn();
    if (firing) {
        add_leftovers();
        add_manual();
        promote();
        add_due();
    }
    if (options_.keeps_ledger && !round.empty()) {
        round.notes = std::exchange(book_.notes, {});
        round.batch.audit = round.notes;
    }
    if (options_.keeps_ledger) {
        round.batch.steps = round.steps;
        round.batch.watermark = round.watermark;
    }
    round_ = nullptr;
    return round;
}

void RoundMaker::add_finishes() {
    book_.finishes.take(book_.ended);
    for (FinishedRun& run : book_.ended) {
        const OpenEntry* entry = book_.registry.find(run.ticket);
        if (entry == nullptr || entry->phase != Phase::running) continue;
        const std::uint32_t place = place_of(entry->handle);
        if (options_.keeps_ledger) {
            round_->batch.finishes.push_back(
                {entry->id, entry->attempt, run.outcome, run.ended_at});
        }
        book_.registry.set_phase(run.ticket, Phase::ending);
        round_->finishes.push_back(std::move(run));
        give_turn(place);
    }
    book_.ended.clear();
}

// The oldest run that waited for the end of its job's others now waits for a place only: its grace
// begins.
void RoundMaker::give_turn(std::uint32_t place) {
    if (mutated(Mutant::turn_not_given)) return;
    if (const auto ticket = book_.registry.whose_turn(place)) {
        OpenEntry& entry = *book_.registry.find(*ticket);
        if (entry.kind == ExecutionKind::scheduled) {
            const Duration grace = grace_of(*entry.job, entry.due);
            entry.grace = grace == Duration::max() ? grace : now_ - entry.due + grace;
        }
        book_.registry.set_phase(*ticket, Phase::awaits_place);
        round_->turned.push_back(*ticket);
    }
}

void RoundMaker::add_withdrawn() {
    for (const Withdrawn& withdrawn : std::exchange(book_.withdrawn, {})) {
        const OpenEntry* entry = book_.registry.find(withdrawn.ticket);
        if (entry == nullptr) continue;
        if (entry->phase == Phase::awaits_turn || entry->phase == Phase::awaits_place) {
            const std::uint32_t place = place_of(entry->handle);
            drop(withdrawn.ticket, withdrawn.reason);
            give_turn(place);
        }
    }
}

void RoundMaker::drop(Ticket ticket, SkipReason reason) {
    const OpenEntry& entry = *book_.registry.find(ticket);
    if (options_.keeps_ledger) round_->batch.skips.push_back({entry.id, reason, now_});
    round_->not_run.push_back({entry.job, entry.due, 1, EntryState::skipped, reason});
    round_->dropped.push_back({ticket, entry.phase, reason});
    book_.registry.set_phase(ticket, Phase::ending);
}

void RoundMaker::add_leftovers() {
    std::vector<Leftover> leftovers = std::exchange(book_.leftovers, {});
    for (const Leftover& left : leftovers) {
        const Subject subject{left.handle, left.job, left.revision};
        const Schedule& schedule = *left.job->schedule();
        std::optional<WallTime> due = left.first;
        const WallTime last = left.until - Duration(1);
        left_out(subject, left.first, last);
        if (is_left_out(schedule, left.first)) due = schedule.next(left.first);
        if (!due || *due > last) continue;
        if (left.superseded) {
            const MissedRules none_runs{Misfire::skip, std::nullopt, 0, 0};
            Stretch all = *decide_missed(none_runs, schedule, *due, last, now_).stretch;
            all.reason = SkipReason::superseded;
            decide(subject, {all, std::nullopt, all.until, false});
            continue;
        }
        while (due && *due <= last) {
            const Verdict verdict =
                decide_missed({left.job->misfire(), left.job->grace(), left.job->misfire_cap(), 0},
                              schedule, *due, std::min(missed_until(), last), now_);
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
        const Subject subject{asked.handle, asked.job, asked.revision, ExecutionKind::manual,
                              &asked.answer};
        // Two requests within a microsecond are two runs.
        book_.last_manual = std::max(now_, book_.last_manual + Duration(1));
        run(subject, book_.last_manual, book_.ids.next(now_));
    }
}

void RoundMaker::promote() {
    while (book_.registry.has_place()) {
        const auto ticket = book_.registry.first_waiting();
        if (!ticket) return;
        const OpenEntry& entry = *book_.registry.find(*ticket);
        if (entry.grace != Duration::max() && now_ - entry.due > entry.grace) {
            const std::uint32_t place = place_of(entry.handle);
            drop(*ticket, SkipReason::concurrency);
            give_turn(place);
            continue;
        }
        if (options_.keeps_ledger) round_->batch.starts.push_back({entry.id, now_});
        book_.registry.set_phase(*ticket, Phase::starting);
        round_->starting.push_back(*ticket);
        round_->promoted.push_back(*ticket);
    }
}

void RoundMaker::add_due() {
    std::vector<std::uint32_t> taken;
    std::size_t room = options_.first_slice;
    while (const auto due = timeline_.head()) {
        if (*due > now_ || book_.acceptance.pending_at(*due)) return;
        note_lateness(*due);
        if (continued_ == due) room = options_.slice;
        if (round_->claims.size() >= room) return;
        taken.clear();
        timeline_.take_head(room - round_->claims.size(), taken);
        for (const std::uint32_t place : taken) claim(place, *due);
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
            if (mutated(Mutant::watermark_too_early))
                *round_->watermark += std::chrono::minutes(30);
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
    Claim claim{handle, record.revision, due, due, record.position, record.recovered, nullptr};
    if (options_.keeps_ledger) claim.job = record.job;
    const Subject subject{handle, record.job, record.revision};
    Verdict verdict{std::nullopt, due, due, false};
    if (is_left_out(*job.schedule(), due)) {
        verdict.run.reset();
    } else if (due <= missed_until()) {
        verdict = decide_missed({job.misfire(), job.grace(), job.misfire_cap(), record.recovered},
                                *job.schedule(), due, missed_until(), now_);
        if (verdict.recovered) ++record.recovered;
    } else {
        record.recovered = 0;
    }
    record.position = verdict.last;
    claim.last = verdict.last;
    round_->claims.push_back(std::move(claim));
    left_out(subject, due, verdict.last);
    decide(subject, verdict);
}

WallTime RoundMaker::missed_until() const {
    return std::max(book_.missed_until, now_ - options_.misfire_after - Duration(1));
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
    std::optional<ExecutionId> run_id;
    if (verdict.run) run_id = book_.ids.next(now_);
    if (verdict.stretch) {
        const bool covered = verdict.stretch->state == EntryState::coalesced;
        not_run(subject, *verdict.stretch, book_.ids.next(now_), covered ? run_id : std::nullopt);
    }
    if (verdict.run) run(subject, *verdict.run, *run_id);
}

void RoundMaker::run(const Subject& subject, WallTime due, ExecutionId id) {
    TaskRegistry& registry = book_.registry;
    const std::uint32_t place = place_of(subject.handle);
    const Job& job = *subject.job;
    const Admission admission = admit(job.overlap(), job.queue_limit(), registry.runs_of(place));
    if (admission == Admission::skip) {
        not_run(subject, {due, due, 1, EntryState::skipped, SkipReason::overlap}, id, std::nullopt);
        if (subject.answer != nullptr) {
            round_->answers.push_back(
                {*subject.answer, fail(ErrorCode::unavailable,
                                       "job '" + job.name() + "': an earlier run is still open")});
        }
        return;
    }
    OpenEntry open;
    open.id = id;
    open.job = subject.job;
    open.handle = subject.handle;
    open.revision = subject.revision;
    open.due = due;
    open.pass = subject.kind == ExecutionKind::scheduled ? book_.pass_of(due) : 0;
    open.kind = subject.kind;
    if (admission == Admission::replace) {
        for (const Ticket earlier : registry.tickets_of(place)) {
            const Phase phase = registry.find(earlier)->phase;
            if (phase == Phase::awaits_turn || phase == Phase::awaits_place) {
                drop(earlier, SkipReason::overlap);
            } else if (phase != Phase::ending) {
                round_->replaced.push_back(earlier);
            }
        }
    }
    if (registry.runs_of(place).open > 0 && admission != Admission::go) {
        open.phase = Phase::awaits_turn;
    } else if (registry.may_start_at_once()) {
        open.phase = Phase::starting;
    } else {
        open.phase = Phase::awaits_place;
        if (subject.kind == ExecutionKind::scheduled) {
            open.grace = grace_of(job, due);
        }
    }
    const bool starts = open.phase == Phase::starting;
    if (options_.keeps_ledger) {
        Entry entry = entry_of(subject, due, id);
        entry.state = starts ? EntryState::started : EntryState::claimed;
        if (starts) entry.started_at = now_;
        round_->batch.claims.push_back(std::move(entry));
    }
    const Ticket ticket = registry.add(std::move(open));
    round_->created.push_back(ticket);
    if (starts) round_->starting.push_back(ticket);
    if (subject.answer != nullptr) round_->answers.push_back({*subject.answer, id});
}

void RoundMaker::not_run(const Subject& subject, const Stretch& stretch, ExecutionId id,
                         std::optional<ExecutionId> covered_by) {
    round_->not_run.push_back(
        {subject.job, stretch.from, stretch.count, stretch.state, stretch.reason});
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
    entry.claimed_at = now_;
    return entry;
}

std::vector<Execution> RoundMaker::complete(Round& round, WallTime now, BootTime boot) {
    for (const FinishedRun& run : round.finishes) {
        const OpenEntry& entry = *book_.registry.find(run.ticket);
        const std::uint32_t place = place_of(entry.handle);
        if (place < book_.records.size() &&
            book_.records[place].generation == generation_of(entry.handle)) {
            book_.records[place].last_outcome = run.outcome.kind;
            book_.records[place].last_end = run.ended_at;
        }
        if (mutated(Mutant::overlap_mark_kept)) {
            book_.registry.set_phase(run.ticket, Phase::running);
            continue;
        }
        book_.registry.remove(run.ticket);
    }
    for (const Dropped& dropped : round.dropped) book_.registry.remove(dropped.ticket);
    std::vector<Execution> executions;
    executions.reserve(round.starting.size());
    for (const Ticket ticket : round.starting) {
        book_.registry.set_phase(ticket, Phase::running);
        executions.push_back(execution_of(ticket, *book_.registry.find(ticket), now, boot));
    }
    return executions;
}

Execution RoundMaker::execution_of(Ticket ticket, const OpenEntry& entry, WallTime now,
                                   BootTime boot) const {
    Execution execution;
    execution.id = entry.id;
    execution.job = entry.job;
    execution.due = entry.due;
    execution.fired = now;
    execution.fired_boot = boot;
    execution.attempt = entry.attempt;
    execution.pass = entry.pass;
    execution.kind = entry.kind;
    execution.ticket = static_cast<std::uint64_t>(ticket);
    return execution;
}

void RoundMaker::take_back(Round&& round) {
    TaskRegistry& registry = book_.registry;
    for (const Ticket ticket : round.created) registry.remove(ticket);
    for (const Ticket ticket : round.promoted) registry.set_phase(ticket, Phase::awaits_place);
    for (const Dropped& dropped : round.dropped) {
        registry.set_phase(dropped.ticket, dropped.was);
        const bool withdrawn =
            dropped.reason == SkipReason::superseded || dropped.reason == SkipReason::misfire;
        if (withdrawn) book_.withdrawn.push_back({dropped.ticket, dropped.reason});
    }
    for (auto at = round.turned.rbegin(); at != round.turned.rend(); ++at) {
        registry.set_phase(*at, Phase::awaits_turn);
    }
    for (const FinishedRun& run : round.finishes) registry.set_phase(run.ticket, Phase::running);
    if (mutated(Mutant::take_back_forgets)) round.claims.clear();
    for (auto at = round.claims.rbegin(); at != round.claims.rend(); ++at) {
        const std::uint32_t place = place_of(at->handle);
        JobRecord* record = book_.find(at->handle);
        if (record != nullptr && record->active && record->revision == at->revision) {
            timeline_.remove(place);
            record->position = at->old_position;
            record->recovered = at->old_recovered;
            record->no_future = false;
            timeline_.insert(at->due, place);
        } else {
            // Changed or deleted meanwhile: what was decided is decided again, as it was defined.
            book_.leftovers.insert(book_.leftovers.begin(),
                                   {at->handle, at->job, at->revision, at->due,
                                    at->last + Duration(1), record == nullptr || record->deleted});
        }
    }
    if (mutated(Mutant::finish_lost_on_failure)) round.finishes.clear();
    put_in_front(book_.ended, std::move(round.finishes));
    put_in_front(book_.steps, std::move(round.steps));
    put_in_front(book_.leftovers, std::move(round.leftovers));
    put_in_front(book_.manual, std::move(round.manual));
    put_in_front(book_.notes, std::move(round.notes));
    if (round.watermark) book_.watermark = round.old_watermark;
    continued_.reset();
}

void RoundMaker::put_back(const std::vector<std::uint32_t>& places) {
    for (const std::uint32_t place : places) put_back(place);
}

void RoundMaker::put_back(std::uint32_t place) {
    JobRecord& record = book_.records[place];
    if (!record.active || timeline_.contains(place)) return;
    if (const auto due = book_.next_due(record)) {
        timeline_.insert(*due, place);
        record.no_future = false;
    } else if (!record.no_future && record.schedule) {
        record.no_future = true;
        if (!book_.schedules.at(*record.schedule).is_reboot()) futureless_.push_back(record.job);
    }
}

std::vector<JobRef> RoundMaker::take_futureless() { return std::exchange(futureless_, {}); }

}  // namespace quantum::scheduler
