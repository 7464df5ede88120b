#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "quantum/verify.hpp"

/// Where faults can be planted, and how rows are changed so that nothing else is wrong with them.
namespace quantum::verify::test {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Random = std::mt19937_64;
using Kind = FindingKind;

// Nothing happened to the clock or the process in [from, to], nor close to it.
inline bool calm(const History& history, WallTime from, WallTime to) {
    constexpr Duration margin = seconds(40);
    const auto touches = [&](WallTime begin, WallTime end) {
        return std::min(begin, end) - margin <= to && std::max(begin, end) + margin >= from;
    };
    WallTime latest = WallTime::min();
    for (const StepNote& step : history.steps) {
        latest = std::max(latest, step.before);
        if (touches(step.before, step.after) || touches(latest, step.after)) return false;
    }
    return std::none_of(history.outages.begin(), history.outages.end(), [&](const Outage& outage) {
        return touches(outage.from, outage.to.value_or(to + hours(1)));
    });
}

inline bool ran(const Entry& entry) {
    return entry.state == EntryState::succeeded || entry.state == EntryState::failed;
}
inline bool scheduled(const Entry& entry) { return entry.kind == ExecutionKind::scheduled; }

inline const JobRevision& revision_of(const History& history, const Entry& entry) {
    return *std::find_if(
        history.jobs.begin(), history.jobs.end(), [&](const JobRevision& revision) {
            return revision.job == entry.job && revision.revision == entry.revision;
        });
}

// What is older than the edge of retention is not judged.
inline bool is_judged(const History& history, const Entry& entry) {
    return !history.retained_from || entry.due >= *history.retained_from;
}

// Not at an instant where the definition changed: there either revision may have it.
inline bool inside_revision(const History& history, const Entry& entry) {
    const JobRevision& revision = revision_of(history, entry);
    return entry.due > revision.effective_from &&
           (!revision.effective_to || entry.due < *revision.effective_to);
}

inline bool plain_run(const History& history, const Entry& entry) {
    return scheduled(entry) && ran(entry) && inside_revision(history, entry) &&
           calm(history, entry.due, entry.ended_at.value_or(entry.due)) &&
           entry.claimed_at - entry.due < seconds(4);
}

template <class Wanted>
inline Entry* pick(History& history, Random& random, Wanted wanted) {
    std::vector<Entry*> candidates;
    for (Entry& entry : history.entries) {
        if (is_judged(history, entry) && wanted(entry)) candidates.push_back(&entry);
    }
    if (candidates.empty()) return nullptr;
    return candidates[random() % candidates.size()];
}

inline Entry* pick_plain_run(History& history, Random& random) {
    return pick(history, random, [&](const Entry& entry) { return plain_run(history, entry); });
}

inline ExecutionId fresh_id(Random& random) {
    ExecutionId id;
    for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random());
    id.bytes[0] = 0xff;
    return id;
}

inline void forget_witnesses(History& history, const ExecutionId& id) {
    std::erase_if(*history.witnesses, [&](const Witness& witness) { return witness.id == id; });
}

inline Witness* witness_of(History& history, const ExecutionId& id) {
    for (Witness& witness : *history.witnesses) {
        if (witness.id == id) return &witness;
    }
    return nullptr;
}

inline void make_skipped(History& history, Entry& entry, SkipReason reason) {
    forget_witnesses(history, entry.id);
    entry.state = EntryState::skipped;
    entry.reason = reason;
    entry.attempt = 1;
    entry.handed_at.reset();
    entry.started_at.reset();
    entry.retry_at.reset();
    entry.outcome.reset();
    entry.ended_at = entry.claimed_at;
}

// A row that did not run becomes one that did, at its decision, with somebody who saw it.
inline void make_run(History& history, Entry& entry) {
    entry.state = EntryState::succeeded;
    entry.reason = SkipReason::none;
    entry.covered_by.reset();
    entry.handed_at = entry.started_at = entry.claimed_at;
    entry.ended_at = entry.claimed_at + milliseconds(1);
    Witness witness;
    witness.id = entry.id;
    witness.job = entry.job;
    witness.due = entry.due;
    witness.pass = entry.pass;
    witness.started_wall = entry.claimed_at;
    witness.started = BootTime::max() - hours(1);
    witness.ended = witness.started;
    history.witnesses->push_back(witness);
}

// Started runs of one job, by their start.
inline std::vector<Entry*> runs_of(History& history, const std::string& job) {
    std::vector<Entry*> runs;
    for (Entry& entry : history.entries) {
        if (entry.job == job && entry.handed_at) runs.push_back(&entry);
    }
    std::sort(runs.begin(), runs.end(),
              [](const Entry* a, const Entry* b) { return *a->handed_at < *b->handed_at; });
    return runs;
}

// Two runs of a job that allows no overlap, one after the other.
inline std::optional<std::pair<Entry*, Entry*>> neighbours(History& history, Random& random) {
    std::vector<std::pair<Entry*, Entry*>> found;
    std::map<std::string, bool> seen;
    for (const JobRevision& revision : history.jobs) {
        if (seen[revision.job]) continue;
        seen[revision.job] = true;
        const auto runs = runs_of(history, revision.job);
        for (std::size_t i = 1; i < runs.size(); ++i) {
            Entry& a = *runs[i - 1];
            Entry& b = *runs[i];
            if (!is_judged(history, a) || !ran(a) || !ran(b)) continue;
            if (a.attempt != 1 || b.attempt != 1) continue;
            if (*a.handed_at == *b.handed_at) continue;
            if (revision_of(history, b).overlap == Overlap::allow) continue;
            if (!calm(history, a.due, *b.ended_at)) continue;
            found.emplace_back(&a, &b);
        }
    }
    if (found.empty()) return std::nullopt;
    return found[random() % found.size()];
}

// A missed due time that the policy decided about; not on an edge of time or definition.
inline bool surely_missed(const History& history, const Entry& entry) {
    return scheduled(entry) && entry.count == 1 && history.steps.empty() &&
           inside_revision(history, entry) && entry.claimed_at - entry.due > seconds(10);
}

}  // namespace quantum::verify::test
