#include "scheduler/executions/round_maker.hpp"

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

RoundMaker::RoundMaker(ExecutionBook& book, Timeline& timeline, const RoundOptions& options)
    : book_(book), timeline_(timeline), options_(options) {}

Round RoundMaker::make(WallTime now, BootTime boot, bool firing) {
    Round round;
    round_ = &round;
    now_ = now;
    boot_ = boot;
    round.number = ++book_.last_round;
    round.old_watermark = book_.watermark;
    round.steps = std::exchange(book_.steps, {});
    if (!round.steps.empty()) round.watermark = book_.watermark;
    add_expired();
    add_finishes();
    add_withdrawn();
    if (firing) {
        add_leftovers();
        add_manual();
        wake();
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

std::vector<Execution> RoundMaker::complete(Round& round, WallTime now, BootTime boot) {
    now_ = now;
    boot_ = boot;
    for (std::size_t at = 0; at < round.finishes.size(); ++at) {
        if (at + finishes_ahead < round.finishes.size()) {
            prefetch(book_.registry.find(round.finishes[at + finishes_ahead].ticket)->job);
        }
        const FinishedRun& run = round.finishes[at];
        note_end(run);
        if (mutated(SchedulerMutant::overlap_mark_kept)) {
            book_.registry.set_phase(run.ticket, Phase::running);
            continue;
        }
        book_.registry.remove(run.ticket);
    }
    for (EndedAttempt& ended : round.retried) {
        prepare_retry(ended);
        wait_for_time(book_.registry.renew(ended.run.ticket));
    }
    for (EndedAttempt& ended : round.expired) {
        if (ended.retry_at) {
            prepare_retry(ended);
        } else {
            note_end(ended.run);
        }
    }
    for (const GivenUp& given_up : round.given_up) {
        note_end(given_up.run);
        if (given_up.was != Phase::stuck) book_.registry.remove(given_up.run.ticket);
    }
    for (const Dropped& dropped : round.dropped) book_.registry.remove(dropped.ticket);
    // Counting up a holder waits for all that was written before: so that comes first, and not in
    // between the executions.
    std::vector<JobRef> jobs;
    jobs.reserve(round.starting.size());
    for (const Ticket ticket : round.starting) jobs.push_back(book_.registry.find(ticket)->job);
    std::vector<Execution> executions;
    executions.reserve(round.starting.size());
    for (const Ticket ticket : round.starting) {
        OpenEntry& entry = *book_.registry.find(ticket);
        if (entry.phase == Phase::starting) {
            entry.phase = Phase::running;  // it has its place already
        } else {
            book_.registry.set_phase(ticket, Phase::running);
        }
        if (entry.is_retry()) {
            entry.special->last.reset();
            --book_.retries;
        }
        if (const auto timeout = function_timeout(*entry.job)) {
            book_.alarms.add({boot + *timeout, ticket, Alarm::Kind::timeout});
        }
        Execution& execution = executions.emplace_back();
        execution.job = std::move(jobs[executions.size() - 1]);
        fill(execution, ticket, entry, now, boot);
    }
    return executions;
}

void RoundMaker::note_end(const FinishedRun& run) {
    const OpenEntry& entry = *book_.registry.find(run.ticket);
    book_.note_end(entry.handle, run.kind(), run.ended_at);
}

void RoundMaker::prepare_retry(EndedAttempt& ended) {
    note_end(ended.run);
    OpenEntry& entry = *book_.registry.find(ended.run.ticket);
    if (!mutated(SchedulerMutant::retry_has_the_same_number)) ++entry.attempt;
    entry.grace = Duration::max();
    entry.own_special().not_before = *ended.retry_at;
    entry.special->last = ended.run.take_outcome();
    ++book_.retries;
}

Execution RoundMaker::execution_of(Ticket ticket, const OpenEntry& entry, WallTime now,
                                   BootTime boot) const {
    Execution execution;
    execution.job = entry.job;
    fill(execution, ticket, entry, now, boot);
    return execution;
}

void RoundMaker::fill(Execution& execution, Ticket ticket, const OpenEntry& entry, WallTime now,
                      BootTime boot) {
    execution.id = entry.id;
    execution.due = entry.due;
    execution.claimed_at = entry.claimed_at;
    execution.fired = now;
    execution.fired_boot = boot;
    execution.attempt = entry.attempt;
    execution.pass = entry.pass;
    execution.kind = entry.kind;
    execution.ticket = static_cast<std::uint64_t>(ticket);
    if (entry.special) {
        execution.node = entry.special->node;
        execution.not_before = entry.special->not_before;
    }
}

void RoundMaker::take_back(Round&& round) {
    TaskRegistry& registry = book_.registry;
    for (const Ticket ticket : round.created) registry.remove(ticket);
    if (!mutated(SchedulerMutant::refused_key_is_used)) {
        for (const std::string& key : round.keys) book_.keys.erase(key);
    }
    for (const Ticket ticket : round.promoted) registry.set_phase(ticket, Phase::awaits_place);
    for (const Dropped& dropped : round.dropped) {
        restore(dropped.ticket, dropped.was);
        const bool withdrawn =
            dropped.reason == SkipReason::superseded || dropped.reason == SkipReason::misfire;
        if (withdrawn) book_.withdrawn.push_back({dropped.ticket, dropped.reason});
    }
    for (auto at = round.turned.rbegin(); at != round.turned.rend(); ++at) {
        registry.set_phase(*at, Phase::awaits_turn);
    }
    for (GivenUp& given_up : round.given_up) take_back(given_up);
    if (!mutated(SchedulerMutant::take_back_forgets)) take_back_claims(round);
    std::vector<FinishedRun> expired;
    for (EndedAttempt& ended : round.expired) {
        registry.set_phase(ended.run.ticket, Phase::running);
        expired.push_back(std::move(ended.run));
    }
    put_in_front(book_.expired, std::move(expired));
    for (EndedAttempt& ended : round.retried) round.finishes.push_back(std::move(ended.run));
    for (const FinishedRun& run : round.finishes) registry.set_phase(run.ticket, Phase::running);
    if (mutated(SchedulerMutant::finish_lost_on_failure)) round.finishes.clear();
    put_in_front(book_.ended, std::move(round.finishes));
    if (!mutated(SchedulerMutant::step_lost_on_failure))
        put_in_front(book_.steps, std::move(round.steps));
    if (!mutated(SchedulerMutant::leftovers_lost_on_failure))
        put_in_front(book_.leftovers, std::move(round.leftovers));
    if (!mutated(SchedulerMutant::manual_run_vanishes))
        put_in_front(book_.manual, std::move(round.manual));
    if (!mutated(SchedulerMutant::notes_lost_on_failure))
        put_in_front(book_.notes, std::move(round.notes));
    if (round.watermark && !mutated(SchedulerMutant::watermark_kept_on_failure))
        book_.watermark = round.old_watermark;
    continued_.reset();
}

void RoundMaker::take_back(GivenUp& given_up) {
    const Ticket ticket = given_up.run.ticket;
    OpenEntry& entry = *book_.registry.find(ticket);
    entry.special->last = given_up.run.take_outcome();
    ++entry.attempt;
    ++book_.retries;
    restore(ticket, given_up.was);
    if (given_up.superseded) book_.withdrawn.push_back({ticket, SkipReason::superseded});
}

void RoundMaker::restore(Ticket ticket, Phase was) {
    book_.registry.set_phase(ticket, was);
    // Its alarm may have rung while it was thought to be gone.
    if (was == Phase::awaits_time) wait_for_time(ticket);
}

void RoundMaker::take_back_claims(const Round& round) {
    for (auto at = round.claims.rbegin(); at != round.claims.rend(); ++at) {
        const std::uint32_t place = place_of(at->handle);
        JobRecord* record = book_.find(at->handle);
        if (record != nullptr && record->active && record->revision == at->revision) {
            timeline_.remove(place);
            record->position = at->old_position;
            record->recovered = at->old_recovered;
            record->no_future = false;
            timeline_.insert(at->due, place);
            continue;
        }
        // Changed or deleted meanwhile: what was decided is decided again, as it was defined.
        Leftover left{at->handle, at->job, at->revision, at->due, at->last + Duration(1)};
        if (at->last < at->due) {
            left.first = at->old_position + Duration(1);  // the end of a pause
            left.none_runs = SkipReason::paused;
        } else if (record == nullptr || record->deleted) {
            left.none_runs = SkipReason::superseded;
        }
        book_.leftovers.insert(book_.leftovers.begin(), std::move(left));
    }
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
    } else if (!record.no_future && record.job->schedule()) {
        if (book_.pause_end(record)) return;
        record.no_future = true;
        if (!record.job->schedule()->is_reboot()) futureless_.push_back(place);
    }
}

std::vector<std::uint32_t> RoundMaker::take_futureless() { return std::exchange(futureless_, {}); }

}  // namespace quantum::scheduler
