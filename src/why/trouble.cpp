#include "why/trouble.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "times/time_text.hpp"

namespace quantum::why {
namespace {

constexpr std::size_t most_notes = 64;

/// What the scheduler itself has noted: "since 2026-11-22T01:55:00Z".
std::optional<Trouble> trouble_in(const AuditNote& note) {
    constexpr std::string_view prefix = "since ";
    if (note.actor != "scheduler" || !note.detail.starts_with(prefix)) return std::nullopt;
    const auto from = times::parse_rfc3339(std::string_view(note.detail).substr(prefix.size()));
    if (!from) return std::nullopt;
    if (note.action != "start" && note.action != "late") return std::nullopt;
    const auto kind = note.action == "start" ? Trouble::Kind::restart : Trouble::Kind::late;
    // What was due at that very instant was the first that was late.
    const WallTime begin = kind == Trouble::Kind::late ? *from - Duration(1) : *from;
    return Trouble{kind, begin, note.at, row_of(note)};
}

Trouble trouble_in(const StepNote& step) {
    constexpr Duration largest_change = std::chrono::hours(3);
    if (step.after < step.before) {
        return {Trouble::Kind::backward, step.after, step.before, row_of(step)};
    }
    const bool is_large = step.after - step.before > largest_change;
    return {is_large ? Trouble::Kind::correction : Trouble::Kind::forward, step.before, step.after,
            row_of(step)};
}

/// The scheduler's own notes from an instant on. A small storage adapter may keep none.
Result<std::vector<AuditNote>> notes_from(const Ledger& ledger, WallTime from, std::size_t most) {
    auto notes = ledger.notes({.job = "", .from = from, .limit = most, .oldest = true});
    if (!notes && notes.error().code == ErrorCode::unavailable) return std::vector<AuditNote>();
    return notes;
}

}  // namespace

Result<std::vector<Trouble>> troubles_between(const Context& context, WallTime from,
                                              WallTime until) {
    std::vector<Trouble> found;
    const auto meets = [&](const Trouble& one) { return one.from <= until && one.to >= from; };
    const auto notes = notes_from(context.ledger, from, most_notes);
    if (!notes) return tl::unexpected(notes.error());
    for (const AuditNote& note : *notes) {
        const auto trouble = trouble_in(note);
        if (trouble && meets(*trouble)) found.push_back(*trouble);
    }
    for (const StepNote& step : context.facts.steps()) {
        Trouble trouble = trouble_in(step);
        if (meets(trouble)) found.push_back(std::move(trouble));
    }
    return found;
}

std::optional<Trouble> trouble_of(const std::vector<Trouble>& troubles, WallTime due,
                                  WallTime decided) {
    // A restart explains more than that it was noticed late.
    std::optional<Trouble> found;
    for (const Trouble& one : troubles) {
        if (one.kind == Trouble::Kind::backward || !one.holds(due)) continue;
        if (one.to > decided + std::chrono::seconds(10)) continue;
        if (!found || one.kind < found->kind) found = one;
    }
    return found;
}

std::string words(const Context& context, const Trouble& trouble) {
    const std::string from = context.say.at(trouble.from);
    const std::string to = context.say.at(trouble.to);
    switch (trouble.kind) {
        case Trouble::Kind::restart:
            return "no scheduler ran from " + from + " to " + to;
        case Trouble::Kind::late:
            return "nothing was decided from " + from + " to " + to +
                   ": the machine slept, or the storage refused";
        case Trouble::Kind::forward:
            return "the clock was set from " + from + " to " + to;
        case Trouble::Kind::correction:
            return "the clock was set from " + from + " to " + to +
                   ", which is over 3 h: a correction, after which nothing is made up for";
        case Trouble::Kind::backward:
            return "the clock was set back from " + to + " to " + from;
    }
    return {};
}

Cause cause_of(const Context& context, const Trouble& trouble) {
    const bool is_clock =
        trouble.kind != Trouble::Kind::restart && trouble.kind != Trouble::Kind::late;
    std::string text = words(context, trouble) + '.';
    text[0] = text[0] == 'n' ? 'N' : 'T';
    return {is_clock ? Code::clock : Code::down, std::move(text), {trouble.row}};
}

Result<std::optional<Trouble>> restart_after(const Context& context, WallTime instant) {
    const auto notes = notes_from(context.ledger, instant, most_notes);
    if (!notes) return tl::unexpected(notes.error());
    for (const AuditNote& note : *notes) {
        const auto trouble = trouble_in(note);
        if (trouble && trouble->kind == Trouble::Kind::restart) return trouble;
    }
    return std::optional<Trouble>();
}

}  // namespace quantum::why
