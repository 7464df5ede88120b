#include "why/neighbours.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include "quantum/job.hpp"

#include "why/mutant.hpp"

namespace quantum::why {
namespace {

bool was_let_run(const Entry& entry) {
    return entry.state != EntryState::coalesced && entry.state != EntryState::skipped;
}

/// Notes on the job itself. A small storage adapter may keep none.
Result<std::vector<AuditNote>> notes_on(const Context& context, WallTime from, WallTime until) {
    constexpr std::size_t most = 64;
    auto notes = context.ledger.notes(
        {.job = context.facts.job(), .from = from, .until = until, .limit = most});
    if (!notes && notes.error().code == ErrorCode::unavailable) return std::vector<AuditNote>();
    return notes;
}

Deed deed_of(const AuditNote& note) { return {note.actor, note.detail, row_of(note)}; }

}  // namespace

Result<std::optional<Entry>> run_open_at(const Context& context, const Entry& entry,
                                         WallTime instant) {
    constexpr std::size_t page = 128;
    constexpr std::size_t most =
        8192;  // a run that so many others were due during is found no more
    if (mutated(WhyMutant::overlap_not_found)) return std::optional<Entry>();
    EntryQuery query{.job = context.facts.job(), .limit = page, .before = entry.id};
    for (std::size_t seen = 0; seen < most;) {
        const auto found = context.ledger.entries(query);
        if (!found) return tl::unexpected(found.error());
        for (auto other = found->rbegin(); other != found->rend(); ++other) {
            if (!was_let_run(*other) || other->claimed_at > instant) continue;
            if (entry.target != "*" && other->target != entry.target) continue;
            if (other->open() || (other->ended_at && *other->ended_at >= instant)) return *other;
        }
        if (found->size() < page) break;
        seen += found->size();
        query.before = found->front().id;
    }
    return std::optional<Entry>();
}

Result<std::optional<Entry>> run_that_replaced(const Context& context, const Entry& entry) {
    constexpr std::size_t most = 64;
    if (!entry.ended_at) return std::optional<Entry>();
    const auto found = context.ledger.entries({.job = context.facts.job(),
                                               .from = entry.due,
                                               .until = *entry.ended_at + Duration(1),
                                               .limit = most});
    if (!found) return tl::unexpected(found.error());
    for (const Entry& other : *found) {
        if (other.id == entry.id || !was_let_run(other) || other.due < entry.due) continue;
        if (other.claimed_at <= *entry.ended_at && other.claimed_at >= entry.claimed_at) {
            return other;
        }
    }
    return std::optional<Entry>();
}

Result<std::vector<Duration>> usual_durations(const Context& context, const JobRevision& revision,
                                              WallTime before, std::size_t most) {
    std::vector<Duration> durations;
    const auto& schedule = revision.stored.job->schedule();
    if (!schedule) return durations;
    // By the instants at which they were due, which costs the same for a yearly job.
    std::optional<WallTime> due = schedule->prev(before);
    for (std::size_t seen = 0; due && seen < most; ++seen, due = schedule->prev(*due)) {
        if (*due < revision.stored.effective_from) break;
        const auto found = context.ledger.entries_about(context.facts.job(), *due, *due);
        if (!found) return tl::unexpected(found.error());
        for (const Entry& entry : *found) {
            if (entry.state == EntryState::succeeded && entry.outcome) {
                durations.push_back(entry.outcome->duration);
            }
        }
    }
    std::sort(durations.begin(), durations.end());
    return durations;
}

Result<Deed> who_did(const Context& context, std::string_view action, WallTime from,
                     WallTime until) {
    const auto notes = notes_on(context, from, until);
    if (!notes) return tl::unexpected(notes.error());
    for (auto note = notes->rbegin(); note != notes->rend(); ++note) {
        if (note->action == action) return deed_of(*note);
    }
    return Deed();
}

Result<Deed> who_made(const Context& context, WallTime effective_from) {
    // Both carry the instant of the change.
    const auto notes = notes_on(context, effective_from, effective_from + Duration(1));
    if (!notes) return tl::unexpected(notes.error());
    for (auto note = notes->rbegin(); note != notes->rend(); ++note) {
        if (note->action != "trigger") return deed_of(*note);
    }
    return Deed();
}

}  // namespace quantum::why
