#include "scheduler/executions/bind_planner.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>
#include <utility>

#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

void BindPlanner::add_bound() {
    for (BoundJob& bound : std::exchange(state_.bound, {})) {
        take(bound);
        draft_.plan->bound_jobs.push_back(std::move(bound));
    }
}

void BindPlanner::take(const BoundJob& bound) {
    OpenEntries& open_entries = state_.open_entries;
    Entries waiting = open_entries.unbound_of(index_of(bound.handle));
    std::sort(waiting.begin(), waiting.end(), [&](EntryHandle a, EntryHandle b) {
        const OpenEntry& left = open_entries.at(a);
        const OpenEntry& right = open_entries.at(b);
        return std::tie(left.due, left.pass, left.id) < std::tie(right.due, right.pass, right.id);
    });
    std::map<std::string, Entries> claims;  // by target
    for (const EntryHandle entry_handle : waiting) {
        OpenEntry& entry = open_entries.at(entry_handle);
        draft_.plan->bound.push_back({entry_handle, entry.grace});
        entry.job = bound.job;
        entry.limit_set = open_entries.limit_set_of(bound.job->tags());
        const bool was_decided = entry.is_retry() || !entry.claimed_unbound;
        if (was_decided || entry.kind == ExecutionKind::manual) {
            resume(entry_handle);
            continue;
        }
        // By the definition in force, which may not be the one that claimed it.
        entry.grace = grace_of(*bound.job, entry.due);
        const std::string* const target = entry.target();
        claims[target == nullptr ? std::string() : *target].push_back(entry_handle);
    }
    for (const auto& [target, entries] : claims) decide(*bound.job, entries);
    ends_.give_turn(index_of(bound.handle));  // they may all have waited for each other
}

void BindPlanner::decide(const Job& job, const Entries& claims) {
    Entries missed;
    Entries in_time;
    for (const EntryHandle entry_handle : claims) {
        if (is_too_late(entry_handle)) {
            ends_.drop(entry_handle, SkipReason::unbound);
        } else {
            (is_missed(entry_handle) ? missed : in_time).push_back(entry_handle);
        }
    }
    if (mutated(SchedulerMutant::all_that_waited_run)) {
        for (const EntryHandle entry_handle : missed) let_run(entry_handle, true);
    } else {
        decide_missed(job, missed, in_time);
    }
    for (const EntryHandle entry_handle : in_time) let_run(entry_handle, false);
}

void BindPlanner::decide_missed(const Job& job, const Entries& missed, const Entries& in_time) {
    if (missed.empty()) return;
    switch (job.misfire()) {
        case Misfire::one: {
            const EntryHandle latest = in_time.empty() ? missed.back() : in_time.front();
            for (const EntryHandle entry_handle : missed) {
                if (entry_handle != latest) ends_.cover(entry_handle, latest);
            }
            if (in_time.empty()) let_run(latest, false);
            return;
        }
        case Misfire::all: {
            const std::size_t cap = job.misfire_cap();
            const std::size_t first = missed.size() > cap ? missed.size() - cap : 0;
            for (std::size_t at = 0; at < missed.size(); ++at) {
                if (at < first) {
                    ends_.drop(missed[at], SkipReason::misfire);
                } else {
                    let_run(missed[at], true);
                }
            }
            return;
        }
        case Misfire::skip:
            for (const EntryHandle entry_handle : missed) {
                ends_.drop(entry_handle, SkipReason::misfire);
            }
            return;
    }
}

// Counted from when it was to start: what jitter holds back anyhow has missed nothing.
bool BindPlanner::is_missed(EntryHandle entry_handle) const {
    return state_.open_entries.at(entry_handle).not_before() <=
           state_.missed_by(draft_.now, options_.misfire_after);
}

bool BindPlanner::is_too_late(EntryHandle entry_handle) const {
    const OpenEntry& entry = state_.open_entries.at(entry_handle);
    if (entry.grace == Duration::max() || mutated(SchedulerMutant::unbound_waits_for_ever)) {
        return false;
    }
    return draft_.now - entry.not_before() > entry.grace;
}

void BindPlanner::resume(EntryHandle entry_handle) {
    const OpenEntry& entry = state_.open_entries.at(entry_handle);
    const bool in_turn =
        entry.is_retry() || entry.job->overlap() == Overlap::allow || open_beside(entry).open == 0;
    let_wait(entry_handle, in_turn);
}

void BindPlanner::let_run(EntryHandle entry_handle, bool in_line) {
    OpenEntry& entry = state_.open_entries.at(entry_handle);
    const Job& job = *entry.job;
    const OpenRuns beside = open_beside(entry);
    const Admission admission = in_line ? admit_in_line(job.overlap(), beside)
                                        : admit(job.overlap(), job.queue_limit(), beside);
    if (in_line) entry.grace = Duration::max();  // it was judged just now
    switch (admission) {
        case Admission::go:
            return let_wait(entry_handle, true);
        case Admission::skip:
            return ends_.drop(entry_handle, SkipReason::overlap);
        case Admission::replace:
            ends_.replace(index_of(entry.handle), entry.target());
            break;
        case Admission::wait:
            break;
    }
    let_wait(entry_handle, open_beside(entry).open == 0);
}

// For its jitter, a slot, or its turn; the grace of the last begins with the turn.
void BindPlanner::let_wait(EntryHandle entry_handle, bool in_turn) {
    if (in_turn) return ends_.wait_for_time(entry_handle);
    state_.open_entries.at(entry_handle).grace = Duration::max();
    state_.open_entries.set_phase(entry_handle, Phase::queued);
}

// What still waits for the function is not in its way.
OpenRuns BindPlanner::open_beside(const OpenEntry& self) const {
    OpenRuns runs;
    for (const EntryHandle entry_handle : state_.open_entries.entries_of(index_of(self.handle))) {
        const OpenEntry& other = state_.open_entries.at(entry_handle);
        if (&other == &self || other.phase == Phase::ending || other.phase == Phase::unbound) {
            continue;
        }
        const bool elsewhere = self.target() != nullptr && other.target() != nullptr &&
                               *other.target() != *self.target();
        if (elsewhere) continue;
        ++runs.open;
        if (other.phase == Phase::queued) ++runs.waiting;
    }
    return runs;
}

}  // namespace quantum::scheduler
