#include "cli/entry_text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/rfc3339.hpp"
#include "cli/json_text.hpp"

namespace quantum::cli {
namespace {

void append_start(JsonObject& members, const std::optional<WallTime>& started_at,
                  WallTime planned) {
    if (!started_at) {
        members.null("started_at");
        return;
    }
    members.text("started_at", base::rfc3339(*started_at));
    members.number("lateness_us", (*started_at - planned).count());
}

/// `ran`: its duration is known.
void append_outcome(JsonObject& members, const Outcome& outcome, bool ran) {
    if (ran) members.number("duration_us", outcome.duration.count());
    if (outcome.exit_code) members.number("exit_code", *outcome.exit_code);
    if (outcome.signal != 0) members.number("signal", outcome.signal);
    if (outcome.peak_memory != 0) {
        members.number("peak_memory", static_cast<std::int64_t>(outcome.peak_memory));
        members.number("cpu_us", outcome.cpu.count());
    }
    if (!outcome.reason.empty()) members.text("why", outcome.reason);
    if (!outcome.result.empty()) members.text("result", outcome.result);
}

void append_attempt(std::string& out, const Attempt& attempt) {
    JsonObject members(out);
    members.number("attempt", attempt.number);
    members.text("planned", base::rfc3339(attempt.planned));
    append_start(members, attempt.started_at, attempt.planned);
    if (attempt.ended_at) members.text("ended_at", base::rfc3339(*attempt.ended_at));
    members.text("state", attempt.outcome ? to_string(attempt.outcome->kind)
                                          : to_string(EntryState::started));
    if (attempt.outcome) {
        append_outcome(members, *attempt.outcome, attempt.outcome->duration != Duration::zero());
    }
    members.end();
}

}  // namespace

bool has_run(const Entry& entry) {
    return entry.state == EntryState::started || entry.outcome.has_value();
}

void append_json(std::string& out, const Entry& entry, const std::vector<Attempt>* attempts) {
    JsonObject members(out);
    members.text("execution", entry.id.text());
    members.text("job", entry.job);
    members.number("revision", entry.revision);
    members.text("due", base::rfc3339(entry.due));
    if (entry.count > 1) {
        members.text("until", base::rfc3339(entry.until));
        members.number("count", entry.count);
    }
    if (entry.pass > 0) members.number("pass", entry.pass);
    members.text("kind", entry.kind == ExecutionKind::manual ? "manual" : "scheduled");
    if (entry.target != "*") members.text("target", entry.target);
    members.text("state", to_string(entry.state));
    if (entry.state == EntryState::skipped || entry.reason != SkipReason::none) {
        members.text("reason", to_string(entry.reason));
    }
    if (entry.covered_by) members.text("covered_by", entry.covered_by->text());
    if (has_run(entry)) members.number("attempt", entry.attempt);
    if (entry.not_before) members.text("not_before", base::rfc3339(*entry.not_before));
    if (entry.state == EntryState::claimed && entry.retry_at) {
        members.text("retry_at", base::rfc3339(*entry.retry_at));
    }
    members.text("claimed_at", base::rfc3339(entry.claimed_at));
    if (has_run(entry)) append_start(members, entry.started_at, entry.planned());
    if (entry.started_at) {
        members.number("queued_us", (*entry.started_at - entry.claimed_at).count());
    }
    if (entry.ended_at) members.text("ended_at", base::rfc3339(*entry.ended_at));
    if (entry.outcome) append_outcome(members, *entry.outcome, has_duration(entry));
    if (attempts != nullptr) {
        members.key("attempts");
        out += '[';
        for (std::size_t at = 0; at < attempts->size(); ++at) {
            if (at > 0) out += ',';
            append_attempt(out, (*attempts)[at]);
        }
        out += ']';
    }
    members.end();
}

bool has_duration(const Entry& entry) {
    if (!entry.outcome || entry.outcome->kind == OutcomeKind::lost) return false;
    return entry.started_at || entry.outcome->duration != Duration::zero();
}

std::string outcome_words(const Outcome& outcome) {
    std::string words(to_string(outcome.kind));
    if (outcome.signal != 0) {
        const char* const name = sigabbrev_np(outcome.signal);
        words +=
            name == nullptr ? " signal " + std::to_string(outcome.signal) : std::string(" ") + name;
    } else if (outcome.exit_code && *outcome.exit_code != 0) {
        words += " exit " + std::to_string(*outcome.exit_code);
    }
    return words;
}

std::string outcome_words(const Entry& entry) {
    if (entry.outcome && !entry.open()) return outcome_words(*entry.outcome);
    std::string words(to_string(entry.state));
    const bool is_told = entry.state == EntryState::skipped || entry.state == EntryState::claimed;
    if (is_told && entry.reason != SkipReason::none) {
        words.append(1, ' ').append(to_string(entry.reason));
    }
    if (entry.count > 1) words += " x" + std::to_string(entry.count);
    return words;
}

std::string_view reason_of(const Outcome& outcome) {
    if (outcome.kind == OutcomeKind::succeeded) return {};
    // The outcome says so already.
    const bool told = outcome.kind == OutcomeKind::failed && outcome.exit_code &&
                      outcome.reason == "exit code " + std::to_string(*outcome.exit_code);
    return told ? std::string_view() : std::string_view(outcome.reason);
}

std::string_view outcome_color(EntryState state, const Style& style) {
    switch (state) {
        case EntryState::succeeded:
            return style.good();
        case EntryState::failed:
        case EntryState::timed_out:
        case EntryState::killed:
        case EntryState::lost:
            return style.error();
        case EntryState::skipped:
            return style.warning();
        case EntryState::coalesced:
        case EntryState::claimed:
        case EntryState::started:
            break;
    }
    return {};
}

}  // namespace quantum::cli
