#include "scheduler/executions/bind_planner.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "scheduler/jobs/binding.hpp"
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
    std::map<std::pair<std::string, Misfire>, Entries> claims;  // by target
    // Oldest first, as they take their turns: where the clock was set back, not by due time.
    const Entries waiting = open_entries.unbound_of(index_of(bound.handle));
    Definitions definitions;
    for (const EntryHandle entry_handle : waiting) {
        OpenEntry& entry = open_entries.at(entry_handle);
        draft_.plan->bound.push_back({entry_handle, entry.grace});
        entry.job = with_function(definitions, entry.job, bound.job);
        if (was_decided(entry)) continue;
        const std::string* const target = entry.target();
        claims[{target == nullptr ? std::string() : *target, entry.job->misfire()}].push_back(
            entry_handle);
    }
    Runs runs;
    for (const auto& [key, entries] : claims) decide(entries, runs);
    // Each finds those before it as they will be.
    for (const EntryHandle entry_handle : waiting) {
        if (was_decided(open_entries.at(entry_handle))) {
            resume(entry_handle);
        } else if (const auto run = runs.find(entry_handle); run != runs.end()) {
            let_run(entry_handle, run->second);
        }
    }
    ends_.give_turn(index_of(bound.handle));  // they may all have waited for each other
}

// Of the definition that was in force when it was due: only its function is new.
JobRef BindPlanner::with_function(Definitions& definitions, const JobRef& job,
                                  const JobRef& given) {
    if (job.get() == given.get()) return job;
    auto [known, is_new] = definitions.try_emplace(job.get());
    if (is_new) known->second = {job, JobRef(with_task_of(*job, *given))};
    return known->second.second;
}

bool BindPlanner::was_decided(const OpenEntry& entry) {
    return entry.is_retry() || !entry.claimed_unbound || entry.kind == ExecutionKind::manual;
}

void BindPlanner::decide(const Entries& claims, Runs& runs) {
    Entries missed;
    Entries in_time;
    for (const EntryHandle entry_handle : claims) {
        if (is_too_late(entry_handle)) {
            ends_.drop(entry_handle, SkipReason::unbound);
        } else {
            (is_missed(entry_handle) ? missed : in_time).push_back(entry_handle);
        }
    }
    for (const EntryHandle entry_handle : in_time) runs.emplace(entry_handle, false);
    if (mutated(SchedulerMutant::all_that_waited_run)) {
        for (const EntryHandle entry_handle : missed) runs.emplace(entry_handle, true);
    } else if (!missed.empty()) {
        decide_missed(missed, in_time, runs);
    }
}

void BindPlanner::decide_missed(const Entries& missed, const Entries& in_time, Runs& runs) {
    const Job& job = *state_.open_entries.at(missed.back()).job;
    switch (job.misfire()) {
        case Misfire::one: {
            const EntryHandle latest = in_time.empty() ? missed.back() : in_time.front();
            for (const EntryHandle entry_handle : missed) {
                if (entry_handle != latest) ends_.cover(entry_handle, latest);
            }
            runs.emplace(latest, false);
            return;
        }
        case Misfire::all: {
            const std::size_t cap = job.misfire_cap();
            const std::size_t first = missed.size() > cap ? missed.size() - cap : 0;
            for (std::size_t at = 0; at < missed.size(); ++at) {
                if (at < first) {
                    ends_.drop(missed[at], SkipReason::misfire);
                } else {
                    runs.emplace(missed[at], true);
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
    // What an older definition claimed may have been a queue.
    const JobRecord* const record = state_.find(entry.handle);
    const bool same = record != nullptr && record->revision == entry.revision;
    const bool in_turn = entry.is_retry() || (same && entry.job->overlap() == Overlap::allow) ||
                         open_beside(entry).open == 0;
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
