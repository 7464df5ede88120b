// Entries that have not ended: what runs, and what waits for what.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "quantum/job.hpp"

#include "why/entry_causes.hpp"
#include "why/mutant.hpp"
#include "why/neighbours.hpp"

namespace quantum::why {
namespace {

using times::span_text;

Row engine_row(const Context& context) {
    return {Row::Kind::engine, "scheduler", context.say.now()};
}
std::optional<Engine::Open> asked_engine(const Context& context, const Entry& entry) {
    if (context.setting.engine == nullptr) return std::nullopt;
    return context.setting.engine->open(entry.id);
}

/// "usually 11m, p95 15m"
Result<std::string> usually(const Context& context, const Entry& entry) {
    constexpr std::size_t asked = 50;
    const JobRevision* const revision = context.facts.that_decided(entry);
    if (revision == nullptr) return std::string();
    const auto durations = usual_durations(context, *revision, entry.due, asked);
    if (!durations) return tl::unexpected(durations.error());
    if (durations->empty()) return std::string();
    std::string text = " (usually " + span_text((*durations)[durations->size() / 2]);
    if (durations->size() >= 20) {
        text += ", p95 " + span_text((*durations)[durations->size() * 95 / 100]);
    }
    return text + ')';
}

Result<std::vector<Cause>> running(const Context& context, const Entry& entry) {
    const WallTime began = entry.started_at.value_or(entry.handed_at.value_or(entry.claimed_at));
    const Duration runs = std::max(context.say.now() - began, Duration::zero());
    const auto known = asked_engine(context, entry);
    if (!context.setting.presence.is_held) {
        return std::vector<Cause>{
            {Code::down,
             "It was started at " + context.say.to_the_second(began) +
                 ", and no scheduler is running now; the next start records how it "
                 "ended, or that it is lost.",
             {row_of(entry), holder_row(context)}}};
    }
    std::vector<Cause> causes;
    if (known && known->is_stuck) {
        causes.push_back({Code::stuck,
                          "It has been running for " + span_text(runs) +
                              ", passed its timeout, and is a function that does not end.",
                          {row_of(entry), engine_row(context)}});
        return causes;
    }
    const auto usual = usually(context, entry);
    if (!usual) return tl::unexpected(usual.error());
    std::string text = "It has been running for " + span_text(runs) + *usual;
    if (const std::string attempt = attempt_text(context, entry, entry.attempt); !attempt.empty()) {
        text += ", " + attempt;
    }
    causes.push_back({Code::running, text + '.', {row_of(entry)}});
    if (known) causes.back().rows.push_back(engine_row(context));
    return causes;
}

/// "for a slot of tag database (2 of 2: etl:load, etl:clean), 8 before it"
std::string slot_text(const Engine::Open& open) {
    std::string text = "for a free slot";
    if (!open.limit.empty()) text += " of tag " + open.limit;
    if (open.slots > 0) {
        text += " (all " + std::to_string(open.slots) + " are taken";
        constexpr std::size_t most = 4;
        for (std::size_t i = 0; i < std::min(open.held_by.size(), most); ++i) {
            text += (i == 0 ? ": " : ", ") + open.held_by[i].job;
        }
        if (open.held_by.size() > most) text += ", …";
        text += ')';
    }
    if (open.ahead > 0) text += ", " + std::to_string(open.ahead) + " before it";
    return text;
}

std::string waiting_text(const Context& context, const Entry& entry, const Engine::Open& open) {
    switch (open.waits_for) {
        case Engine::WaitsFor::jitter:
            return "for its jitter until " + context.say.to_the_second(entry.planned());
        case Engine::WaitsFor::attempt:
            return "for " + attempt_text(context, entry, entry.attempt) + " at " +
                   context.say.to_the_second(entry.retry_at.value_or(entry.due));
        case Engine::WaitsFor::turn:
            if (open.held_by.empty()) return "for the end of the job's earlier runs";
            return "for the end of the run of " + context.say.at(open.held_by.front().due);
        case Engine::WaitsFor::slot:
            return slot_text(open);
        case Engine::WaitsFor::storage:
            return "for the storage to accept its start";
        case Engine::WaitsFor::function:
            return "for its function, which nobody has bound";
    }
    return "for its turn";
}

/// What the ledger alone can tell.
Result<std::string> waiting_text(const Context& context, const Entry& entry,
                                 std::vector<Row>& rows) {
    if (entry.attempt > 1 && entry.retry_at && *entry.retry_at > context.say.now()) {
        return "for " + attempt_text(context, entry, entry.attempt) + " at " +
               context.say.to_the_second(*entry.retry_at);
    }
    if (entry.reason == SkipReason::unbound) return "for its function, which nobody has bound";
    if (entry.attempt == 1 && entry.planned() > context.say.now()) {
        return "for its jitter until " + context.say.to_the_second(entry.planned());
    }
    const auto other = run_open_at(context, entry, context.say.now());
    if (!other) return tl::unexpected(other.error());
    if (*other) {
        rows.push_back(row_of(**other));
        return "for the end of " + context.say.run(**other);
    }
    return std::string(context.setting.presence.is_held ? "for a free slot"
                                                        : "for a scheduler to start");
}

Result<std::vector<Cause>> claimed(const Context& context, const Entry& entry) {
    Cause cause{Code::claimed, {}, {row_of(entry)}};
    const auto known = asked_engine(context, entry);
    std::string waits;
    if (known) {
        waits = waiting_text(context, entry, *known);
        cause.rows.push_back(engine_row(context));
    } else {
        auto text = waiting_text(context, entry, cause.rows);
        if (!text) return tl::unexpected(std::move(text).error());
        waits = *std::move(text);
    }
    const bool tried = entry.attempt > 1 && entry.outcome;
    if (tried) {
        cause.sentence = "Attempt " + std::to_string(entry.attempt - 1) + " ended (" +
                         Phrases::end(*entry.outcome) + " after " +
                         span_text(entry.outcome->duration) + "); it waits " + waits + '.';
    } else {
        cause.sentence = "It waits " + waits + '.';
    }
    std::vector<Cause> causes{std::move(cause)};
    const Presence& presence = context.setting.presence;
    if (!presence.is_held) {
        causes.push_back({Code::down,
                          "No scheduler is running: the next start decides about it anew.",
                          {holder_row(context)}});
    } else if (presence.is_degraded) {
        causes.push_back({Code::undecided,
                          "Nothing new starts: " + presence.reason + '.',
                          {holder_row(context)}});
    }
    return causes;
}

}  // namespace

Result<std::vector<Cause>> causes_of_open(const Context& context, const Entry& entry) {
    if (entry.state == EntryState::started) return running(context, entry);
    if (entry.attempt > 1 && mutated(WhyMutant::retry_is_a_failure)) {
        return causes_of_ended(context, entry);
    }
    return claimed(context, entry);
}

}  // namespace quantum::why
