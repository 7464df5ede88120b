#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "verify/model.hpp"

namespace quantum::verify::test {

// ---- due times ----

BootTime Model::next_due() const {
    std::optional<WallTime> next;
    for (const ModelJob& job : jobs_) {
        if (!job.exists || !job.now().active) continue;
        const auto due = next_slot(job, job.cursor);
        if (due && (!next || *due < *next)) next = due;
    }
    if (!next) return never;
    // By the clock as it was looked at last: nobody is told that it was set.
    return BootTime((*next - known_offset_).time_since_epoch());
}

void Model::decide_all(WallTime missed_until) {
    for (std::size_t i = 0; i < jobs_.size(); ++i) decide(i, missed_until);
    start_waiting();
}

void Model::decide(std::size_t index, WallTime missed_until) {
    ModelJob& job = jobs_[index];
    if (!job.exists || !job.now().active) return;
    const WallTime now = wall();
    const JobRevision& revision = job.now();
    std::vector<WallTime> missed;
    std::vector<WallTime> rest;
    std::vector<WallTime> gaps;
    for (auto due = next_slot(job, job.cursor); due && *due <= now; due = next_slot(job, *due)) {
        job.cursor = job.last_due = *due;
        watermark_ = std::max(watermark_, *due);
        if (!is_run(job, *due)) {
            gaps.push_back(*due);
        } else if (now - *due > seconds(5) || *due <= missed_until) {
            missed.push_back(*due);
        } else {
            rest.push_back(*due);
        }
    }
    job.cursor = std::max(job.cursor, now);
    for (const WallTime due : gaps) row(index, {due}, EntryState::skipped, SkipReason::dst_gap);
    if (!missed.empty() || !rest.empty() || !gaps.empty()) end_retries(index);
    if (!missed.empty()) recover(index, revision, missed);
    for (const WallTime due : rest) {
        end_retries(index);
        admit(index, due, ExecutionKind::scheduled);
    }
}

void Model::end_retries(std::size_t index) {
    const std::vector<Waiting> waiting = waiting_;
    for (const Waiting& one : waiting) {
        const Entry& entry = history_.entries[one.entry];
        if (one.job != index || !one.retry) continue;
        if (entry.outcome->kind == OutcomeKind::lost || past_next_.contains(one.entry)) continue;
        give_up(one.entry);
    }
}

void Model::give_up(std::size_t number) {
    Entry& entry = history_.entries[number];
    entry.state = entry.outcome->kind == OutcomeKind::lost        ? EntryState::lost
                  : entry.outcome->kind == OutcomeKind::timed_out ? EntryState::timed_out
                                                                  : EntryState::failed;
    --entry.attempt;
    entry.ended_at = wall();
    std::erase_if(waiting_, [&](const Waiting& one) { return one.entry == number; });
}

bool Model::in_grace(const ModelJob& job, WallTime due) const {
    Duration grace = hours(12);
    if (job.now().grace) {
        grace = *job.now().grace;
    } else if (const auto next = next_run(job, due); next && *next - due < hours(24)) {
        grace = std::clamp<Duration>((*next - due) / 2, minutes(1), hours(1));
    }
    return wall() - due <= grace;
}

void Model::recover(std::size_t index, const JobRevision& revision,
                    const std::vector<WallTime>& missed) {
    ModelJob& job = jobs_[index];
    if (revision.misfire == Misfire::skip) {
        row(index, missed, EntryState::skipped, SkipReason::misfire);
        return;
    }
    if (revision.misfire == Misfire::one) {
        if (!in_grace(job, missed.back())) {
            row(index, missed, EntryState::skipped, SkipReason::misfire);
            return;
        }
        const std::vector<WallTime> earlier(missed.begin(), missed.end() - 1);
        const ExecutionId cover = new_id();
        row(index, earlier, EntryState::coalesced, SkipReason::none, cover);
        admit(index, missed.back(), ExecutionKind::scheduled, cover);
        return;
    }
    std::vector<WallTime> run;
    for (const WallTime due : missed) {
        if (in_grace(job, due)) run.push_back(due);
    }
    // The newest of them.
    if (run.size() > revision.misfire_cap) {
        run.erase(run.begin(), run.end() - static_cast<std::ptrdiff_t>(revision.misfire_cap));
    }
    std::vector<WallTime> dropped;
    for (const WallTime due : missed) {
        if (!std::binary_search(run.begin(), run.end(), due)) {
            dropped.push_back(due);
            continue;
        }
        row(index, dropped, EntryState::skipped, SkipReason::misfire);
        dropped.clear();
        claim(index, due, ExecutionKind::scheduled, std::nullopt, true);
    }
    row(index, dropped, EntryState::skipped, SkipReason::misfire);
}

Entry& Model::add_entry(std::size_t index, WallTime due, ExecutionKind kind, EntryState state) {
    const ModelJob& job = jobs_[index];
    Entry entry;
    entry.id = new_id();
    entry.job = job.name;
    entry.revision = job.now().revision;
    entry.due = entry.until = due;
    entry.kind = kind;
    entry.claimed_at = wall();
    entry.state = state;
    entry.pass = pass_;
    if (pass_stays_ && !is_running(job.now())) entry.pass = whole_pass_;
    if (kind == ExecutionKind::manual) entry.pass = pass_;
    history_.entries.push_back(entry);
    return history_.entries.back();
}

void Model::row(std::size_t index, const std::vector<WallTime>& due, EntryState state,
                SkipReason reason, std::optional<ExecutionId> cover) {
    if (due.empty()) return;
    const std::size_t rows = stretches_ ? 1 : due.size();
    for (std::size_t i = 0; i < rows; ++i) {
        Entry& entry = add_entry(index, due[i], ExecutionKind::scheduled, state);
        entry.reason = reason;
        entry.covered_by = cover;
        if (chance(50)) entry.ended_at = wall();
        if (rows == due.size()) continue;
        entry.until = due.back();
        entry.count = static_cast<std::uint32_t>(due.size());
    }
}

// ---- runs ----

bool Model::retries(std::size_t index) const {
    return std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
        return waiting.job == index && waiting.retry;
    });
}

bool Model::waits(std::size_t index) const {
    return std::any_of(waiting_.begin(), waiting_.end(),
                       [&](const Waiting& waiting) { return waiting.job == index; });
}

void Model::admit(std::size_t index, WallTime due, ExecutionKind kind,
                  std::optional<ExecutionId> id) {
    ModelJob& job = jobs_[index];
    const JobRevision& revision = job.now();
    const bool open = !job.running.empty() || waits(index);
    if (open && revision.overlap == Overlap::skip) return refuse(index, due, kind, id);
    if (open && revision.overlap == Overlap::queue) {
        const auto queued = std::count_if(
            waiting_.begin(), waiting_.end(),
            [&](const Waiting& waiting) { return waiting.job == index && !waiting.retry; });
        if (queued >= static_cast<std::int64_t>(revision.queue_limit)) {
            return refuse(index, due, kind, id);
        }
    }
    if (open && revision.overlap == Overlap::replace) make_room(index);
    claim(index, due, kind, id, false);
}

void Model::claim(std::size_t index, WallTime due, ExecutionKind kind,
                  std::optional<ExecutionId> id, bool in_line) {
    const JobRevision& revision = jobs_[index].now();
    Entry& entry = add_entry(index, due, kind, EntryState::claimed);
    if (id) entry.id = *id;
    Duration jitter{};
    if (kind == ExecutionKind::scheduled && revision.jitter > Duration(0)) {
        jitter = revision.jitter / 2;
    }
    waiting_.push_back({history_.entries.size() - 1, index,
                        std::max(boot_, boot_ + jitter - (wall() - due)), false, false, in_line});
    if (jitter > Duration{}) entry.not_before = due + jitter;
    if (waiting_.back().not_before > boot_) wake_at(waiting_.back().not_before);
    start_waiting();
}

void Model::refuse(std::size_t index, WallTime due, ExecutionKind kind,
                   std::optional<ExecutionId> id) {
    Entry& entry = add_entry(index, due, kind, EntryState::skipped);
    entry.reason = SkipReason::overlap;
    entry.ended_at = wall();
    if (id) entry.id = *id;
}

void Model::make_room(std::size_t index) {
    const std::vector<std::size_t> running = jobs_[index].running;
    for (const std::size_t entry : running) end_run(index, entry, EntryState::killed);
    drop_waiting(index, SkipReason::overlap);
}

void Model::drop_waiting(std::size_t index, SkipReason reason) {
    const std::vector<Waiting> all = waiting_;
    for (const Waiting& waiting : all) {
        if (waiting.job != index) continue;
        if (waiting.retry) {
            give_up(waiting.entry);
            continue;
        }
        Entry& entry = history_.entries[waiting.entry];
        entry.state = EntryState::skipped;
        entry.reason = reason;
        entry.ended_at = wall();
    }
    std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.job == index; });
}

void Model::start_waiting() {
    std::stable_sort(waiting_.begin(), waiting_.end(), [&](const Waiting& a, const Waiting& b) {
        return history_.entries[a.entry].due < history_.entries[b.entry].due;
    });
    for (std::size_t i = 0; i < waiting_.size();) {
        Waiting& waiting = waiting_[i];
        ModelJob& job = jobs_[waiting.job];
        Entry& entry = history_.entries[waiting.entry];
        const bool blocked = job.now().overlap != Overlap::allow && !waiting.retry &&
                             (!job.running.empty() || retries(waiting.job));
        if (blocked || waiting.not_before > boot_) {
            ++i;
            continue;
        }
        const bool patient = waiting.retry || waiting.in_line;
        if (waiting.for_place && !patient && entry.kind == ExecutionKind::scheduled && job.exists &&
            !in_grace(job, entry.due)) {
            entry.state = EntryState::skipped;
            entry.reason = SkipReason::concurrency;
            entry.ended_at = wall();
            waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
            continue;
        }
        if (running_ >= *history_.concurrency) {
            waiting.for_place = true;
            ++i;
            continue;
        }
        const Waiting next = waiting;
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
        start(next.job, next.entry);
    }
}

void Model::start(std::size_t index, std::size_t number) {
    Entry& entry = history_.entries[number];
    entry.state = EntryState::started;
    entry.handed_at = wall();
    jobs_[index].running.push_back(number);
    started_[number] = boot_;
    ++running_;
    // Between the commit and the start the process may die.
    if (!chance(dies_soon_ ? 30 : 100)) return;
    attempt(index, number);
}

void Model::attempt(std::size_t index, std::size_t number) {
    const Entry& entry = history_.entries[number];
    const JobRevision& revision = jobs_[index].now();
    Witness witness;
    witness.id = entry.id;
    witness.job = entry.job;
    witness.due = entry.due;
    witness.pass = entry.pass;
    witness.kind = entry.kind;
    witness.attempt = entry.attempt;
    witness.started = boot_;
    witness.started_wall = wall();
    history_.witnesses->push_back(witness);
    attempts_[number] = history_.witnesses->size() - 1;
    if (entry.attempt == 1) began_[number] = wall();
    Duration length = between(milliseconds(1), seconds(4));
    if (chance(15)) length = between(seconds(20), minutes(15));
    EntryState state = EntryState::succeeded;
    if (chance(20)) state = EntryState::failed;
    if (revision.timeout && length > *revision.timeout) {
        length = *revision.timeout;
        state = EntryState::timed_out;
    }
    const std::uint32_t made = entry.attempt;
    plan(boot_ + length, [this, index, number, state, made] {
        const Entry& ended = history_.entries[number];
        if (!up_ || ended.state != EntryState::started || ended.attempt != made) return;
        end_run(index, number, state);
        const bool failed = state == EntryState::failed || state == EntryState::timed_out;
        if (failed && made <= retries_of(index, number)) try_again(index, number);
        start_waiting();
    });
}

void Model::try_again(std::size_t index, std::size_t number) {
    const ModelJob& job = jobs_[index];
    Entry& entry = history_.entries[number];
    if (!job.exists || entry.revision < job.first_revision) return;
    if (!job.now().active && entry.kind == ExecutionKind::scheduled) return;
    const Duration backoff = chance(40) ? seconds(5) : between(seconds(1), minutes(25));
    const bool lost = entry.state == EntryState::lost;
    const auto next = next_run(job, entry.due);
    const bool past_next = next && wall() + backoff >= *next;
    const bool may_pass = !entry.retry_at && chance(20);
    if (!lost && past_next && !may_pass && !past_next_.contains(number)) return;
    if (past_next) past_next_.insert(number);
    entry.state = EntryState::claimed;
    entry.retry_at = wall() + backoff;
    entry.ended_at.reset();
    ++entry.attempt;
    waiting_.push_back({number, index, boot_ + backoff, false, true});
    wake_at(waiting_.back().not_before);
}

void Model::wake_at(BootTime at) {
    plan(at, [this] {
        if (up_) start_waiting();
    });
}

const JobRevision& Model::revision_of(std::size_t index, std::size_t number) const {
    const auto& all = jobs_[index].revisions;
    return *std::find_if(all.begin(), all.end(), [&](const JobRevision& revision) {
        return revision.revision == history_.entries[number].revision;
    });
}

std::uint32_t Model::retries_of(std::size_t index, std::size_t number) const {
    return revision_of(index, number).retries;
}

bool Model::reruns(std::size_t index, std::size_t number) const {
    return revision_of(index, number).reruns_lost;
}

void Model::end_run(std::size_t index, std::size_t number, EntryState state) {
    Entry& entry = history_.entries[number];
    entry.state = state;
    entry.ended_at = wall();
    Outcome outcome;
    outcome.kind = state == EntryState::succeeded   ? OutcomeKind::succeeded
                   : state == EntryState::failed    ? OutcomeKind::failed
                   : state == EntryState::timed_out ? OutcomeKind::timed_out
                   : state == EntryState::killed    ? OutcomeKind::killed
                                                    : OutcomeKind::lost;
    outcome.duration = boot_ - started_[number];
    if (state != EntryState::lost && began_.contains(number)) {
        entry.started_at = began_[number];
    }
    entry.outcome = outcome;
    std::erase(jobs_[index].running, number);
    --running_;
    const auto seen = attempts_.find(number);
    if (seen != attempts_.end() && state != EntryState::lost) {
        Witness& witness = history_.witnesses->at(seen->second);
        if (!witness.ended) witness.ended = boot_;
    }
}

}  // namespace quantum::verify::test
