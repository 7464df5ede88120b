#include <algorithm>
#include <utility>

#include "quantum/job.hpp"

#include "scheduler/entries/policies.hpp"
#include "scheduler/entries/retry_policy.hpp"
#include "scheduler/executions/round_maker.hpp"
#include "scheduler/mutant.hpp"

// What ends, and what that makes room for.
namespace quantum::scheduler {

namespace {
constexpr std::size_t most_kept = 16'384;
}

// Functions that have run for longer than they may: over for the ledger, not for their place.
void RoundMaker::add_expired() {
    for (FinishedRun& run : std::exchange(book_.expired, {})) {
        const OpenEntry* entry = book_.registry.find(run.ticket);
        if (entry == nullptr || entry->phase != Phase::running) continue;
        const auto retry_at = end_attempt(*entry, run);
        book_.registry.set_phase(run.ticket, mutated(SchedulerMutant::stuck_frees_its_slot)
                                                 ? Phase::ending
                                                 : Phase::stuck);
        round_->expired.push_back({std::move(run), retry_at});
    }
}

void RoundMaker::add_finishes() {
    book_.finishes.take(book_.ended);
    if (book_.ended.empty()) return;
    std::vector<FinishedRun> later;
    round_->finishes.reserve(book_.ended.size());
    for (FinishedRun& run : book_.ended) {
        OpenEntry* const entry = book_.registry.find(run.ticket);
        if (entry == nullptr) continue;
        if (entry->phase == Phase::stuck && is_expiring(run.ticket)) {
            later.push_back(std::move(run));
            continue;
        }
        if (entry->phase == Phase::stuck) {
            release_stuck(run.ticket);
            continue;
        }
        if (entry->phase != Phase::running) continue;
        const std::uint32_t place = place_of(entry->handle);
        if (const auto retry_at = end_attempt(*entry, run)) {
            book_.registry.set_phase(run.ticket, Phase::awaits_time);
            round_->retried.push_back({std::move(run), retry_at});
            continue;
        }
        book_.registry.end(*entry);
        round_->finishes.push_back(std::move(run));
        give_turn(place);
    }
    // Its memory goes back to the box with the next look, but for what a burst took up.
    book_.ended.clear();
    if (!later.empty() || book_.ended.capacity() > most_kept) book_.ended.swap(later);
}

bool RoundMaker::is_expiring(Ticket ticket) const {
    return std::any_of(round_->expired.begin(), round_->expired.end(),
                       [ticket](const EndedAttempt& one) { return one.run.ticket == ticket; });
}

// Writes the end of an attempt into the batch. When the next one may begin, if there is one.
std::optional<WallTime> RoundMaker::end_attempt(const OpenEntry& entry, const FinishedRun& run) {
    const auto retry_at = retry_of(entry, run);
    if (options_.keeps_ledger) {
        Finish finish{entry.id, entry.attempt, run.outcome(), run.ended_at, run.started_at()};
        if (run.output() != nullptr) finish.output = *run.output();
        finish.retry_at = retry_at;
        round_->batch.finishes.push_back(std::move(finish));
    }
    return retry_at;
}

std::optional<WallTime> RoundMaker::retry_of(const OpenEntry& entry, const FinishedRun& run) {
    const JobPolicies& policies = entry.job->policies();
    if (policies.retries == 0 && policies.on_lost == OnLost::record) return std::nullopt;
    const JobRecord* record = book_.find(entry.handle);
    if (record != nullptr && record->deleted && !mutated(SchedulerMutant::deleted_is_tried_again))
        return std::nullopt;
    const bool due_again = record != nullptr && record->active && !book_.pause_end(*record);
    const bool finished =
        (record != nullptr && record->finished) || entry.job->state() == JobState::finished;
    if (!due_again && !finished && entry.kind == ExecutionKind::scheduled) return std::nullopt;
    AttemptEnd end{entry.id, entry.attempt, run.kind(), run.ended_at, std::nullopt};
    if (due_again && record->job->schedule()) {
        end.next_due = ExecutionBook::in_force(*record).next(entry.due);
    }
    return next_attempt(policies, end);
}

// A run that had timed out is really over.
void RoundMaker::release_stuck(Ticket ticket) {
    OpenEntry& entry = *book_.registry.find(ticket);
    if (entry.is_retry()) {
        wait_for_time(book_.registry.renew(ticket));
        return;
    }
    const std::uint32_t place = place_of(entry.handle);
    book_.registry.remove(ticket);
    give_turn(place);
}

// Claimed, and may start at `not_before`.
void RoundMaker::wait_for_time(Ticket ticket) {
    const OpenEntry& entry = *book_.registry.find(ticket);
    if (!entry.must_wait(now_)) {
        book_.registry.set_phase(ticket, Phase::awaits_place);
        return;
    }
    const Duration wait = entry.special->not_before - now_;
    book_.registry.set_phase(ticket, Phase::awaits_time);
    book_.alarms.add({boot_ + wait, ticket, Alarm::Kind::wake});
}

// The oldest run that waited for the end of its job's others now waits for a place only: its grace
// begins.
void RoundMaker::give_turn(std::uint32_t place) {
    if (mutated(SchedulerMutant::turn_not_given)) return;
    if (const auto ticket = book_.registry.whose_turn(place)) {
        OpenEntry& entry = *book_.registry.find(*ticket);
        const bool settled =
            grace_is_settled(*entry.job, entry.due, entry.claimed_at, options_.misfire_after);
        if (entry.kind == ExecutionKind::scheduled && !settled) {
            const Duration grace = grace_of(*entry.job, entry.due);
            const Duration waited = std::max(now_ - entry.not_before(), Duration::zero());
            entry.grace = grace == Duration::max() ? grace : waited + grace;
        }
        wait_for_time(*ticket);
        round_->turned.push_back(*ticket);
    }
}

void RoundMaker::add_withdrawn() {
    for (const auto& [ticket, reason] : std::exchange(book_.withdrawn, {})) {
        const OpenEntry* entry = book_.registry.find(ticket);
        if (entry == nullptr) continue;
        const std::uint32_t place = place_of(entry->handle);
        if (entry->is_retry()) {
            give_up(ticket, true);
        } else if (is_waiting(entry->phase)) {
            drop(ticket, reason);
            give_turn(place);
        }
    }
}

void RoundMaker::drop(Ticket ticket, SkipReason reason) {
    const OpenEntry& entry = *book_.registry.find(ticket);
    if (options_.keeps_ledger) round_->batch.skips.push_back({entry.id, reason, now_});
    round_->not_run.push_back({entry.job, entry.due, 1, EntryState::skipped, reason, nullptr});
    round_->dropped.push_back({ticket, entry.phase, reason});
    book_.registry.set_phase(ticket, Phase::ending);
}

// The next attempt is not made: the entry ends as the last one did.
void RoundMaker::give_up(Ticket ticket, bool superseded) {
    OpenEntry& entry = *book_.registry.find(ticket);
    const Phase was = entry.phase;
    --entry.attempt;
    Outcome last = std::move(*entry.special->last);
    entry.special->last.reset();
    --book_.retries;
    if (options_.keeps_ledger) {
        round_->batch.finishes.push_back({entry.id, entry.attempt, last, now_});
    }
    if (was != Phase::stuck) book_.registry.set_phase(ticket, Phase::ending);
    round_->given_up.push_back({{ticket, std::move(last), now_}, was, superseded});
}

bool RoundMaker::outlives_next(const OpenEntry& entry) {
    return entry.job->policies().retry_past_next || entry.special->last->kind == OutcomeKind::lost;
}

// Whose attempt ended in this very round, to be followed by another: there is none. False where
// that is not how it stands.
bool RoundMaker::forgo_attempt(Ticket ticket) {
    const auto found =
        std::find_if(round_->retried.begin(), round_->retried.end(),
                     [ticket](const EndedAttempt& one) { return one.run.ticket == ticket; });
    if (found == round_->retried.end()) return false;
    OpenEntry& entry = *book_.registry.find(ticket);
    for (Finish& finish : round_->batch.finishes) {
        if (finish.id == entry.id) finish.retry_at.reset();
    }
    book_.registry.end(entry);
    round_->finishes.push_back(std::move(found->run));
    round_->retried.erase(found);
    return true;
}

// The next due time ends the attempts of those before it.
void RoundMaker::end_retries(std::uint32_t place, const std::string* target) {
    if (book_.retries == 0 || book_.registry.runs_of(place).open == 0) return;
    for (const Ticket ticket : book_.registry.tickets_of(place)) {
        const OpenEntry& entry = *book_.registry.find(ticket);
        if (!entry.is_retry() || outlives_next(entry)) continue;
        if (entry.phase == Phase::starting || entry.phase == Phase::ending) continue;
        if (target != nullptr && entry.target() != nullptr && *entry.target() != *target) continue;
        give_up(ticket, false);
    }
}

// Whose jitter or backoff is over.
void RoundMaker::wake() {
    for (const Ticket ticket : std::exchange(book_.woken, {})) {
        const OpenEntry* entry = book_.registry.find(ticket);
        if (entry == nullptr || entry->phase != Phase::awaits_time) continue;
        if (entry->is_retry() && is_overtaken(*entry)) {
            const std::uint32_t place = place_of(entry->handle);
            give_up(ticket, false);
            give_turn(place);
        } else {
            book_.registry.set_phase(ticket, Phase::awaits_place);
        }
    }
}

// The next due time has come meanwhile, and is not decided yet.
bool RoundMaker::is_overtaken(const OpenEntry& entry) {
    if (outlives_next(entry)) return false;
    const JobRecord* record = book_.find(entry.handle);
    if (record == nullptr || !record->active || !record->job->schedule()) return false;
    const auto next = ExecutionBook::in_force(*record).next(entry.due);
    return next && *next <= now_;
}

void RoundMaker::promote() {
    if (const auto patience = book_.registry.patience(); patience && *patience < now_) {
        for (const Ticket ticket : book_.registry.take_impatient(now_)) {
            // One that was taken back stands in the line twice.
            if (book_.registry.find(ticket)->phase == Phase::awaits_place) drop_late(ticket);
        }
    }
    while (const auto ticket = book_.registry.first_waiting()) {
        const OpenEntry& entry = *book_.registry.find(*ticket);
        if (entry.grace != Duration::max() && now_ - entry.not_before() > entry.grace) {
            drop_late(*ticket);
            continue;
        }
        if (options_.keeps_ledger) round_->batch.starts.push_back({entry.id, now_});
        book_.registry.set_phase(*ticket, Phase::starting);
        round_->starting.push_back(*ticket);
        round_->promoted.push_back(*ticket);
    }
}

void RoundMaker::drop_late(Ticket ticket) {
    const std::uint32_t place = place_of(book_.registry.find(ticket)->handle);
    drop(ticket, SkipReason::concurrency);
    give_turn(place);
}

}  // namespace quantum::scheduler
