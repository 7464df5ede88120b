#include "cli/entry_text.hpp"

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/rfc3339.hpp"
#include "cli/json_text.hpp"

namespace quantum::cli {
namespace {

bool ended_by_itself(const Outcome& outcome) {
    return outcome.signal == 0 &&
           (outcome.kind == OutcomeKind::succeeded || outcome.kind == OutcomeKind::failed);
}

}  // namespace

void append_json(std::string& out, const Entry& entry) {
    JsonObject members(out);
    members.text("execution", entry.id.text());
    members.text("job", entry.job);
    members.number("revision", entry.revision);
    members.text("due", rfc3339(entry.due));
    if (entry.count > 1) {
        members.text("until", rfc3339(entry.until));
        members.number("count", entry.count);
    }
    if (entry.pass > 0) members.number("pass", entry.pass);
    members.text("kind", entry.kind == ExecutionKind::manual ? "manual" : "scheduled");
    if (entry.target != "*") members.text("target", entry.target);
    members.text("state", to_string(entry.state));
    if (entry.state == EntryState::skipped) members.text("reason", to_string(entry.reason));
    if (entry.covered_by) members.text("covered_by", entry.covered_by->text());
    if (entry.started_at) members.number("attempt", entry.attempt);
    members.text("claimed_at", rfc3339(entry.claimed_at));
    if (entry.started_at) {
        members.text("started_at", rfc3339(*entry.started_at));
        members.number("lateness_us", (*entry.started_at - entry.due).count());
    }
    if (entry.ended_at) members.text("ended_at", rfc3339(*entry.ended_at));
    if (entry.outcome) {
        const Outcome& outcome = *entry.outcome;
        if (outcome.kind != OutcomeKind::lost) {
            members.number("duration_us", outcome.duration.count());
        }
        if (ended_by_itself(outcome)) members.number("exit_code", outcome.exit_code);
        if (outcome.signal != 0) members.number("signal", outcome.signal);
        if (outcome.peak_memory != 0) {
            members.number("peak_memory", static_cast<std::int64_t>(outcome.peak_memory));
            members.number("cpu_us", outcome.cpu.count());
        }
        if (!outcome.reason.empty()) members.text("why", outcome.reason);
        if (!outcome.result.empty()) members.text("result", outcome.result);
    }
    members.end();
}

std::string outcome_words(const Entry& entry) {
    std::string words(to_string(entry.state));
    if (entry.state == EntryState::skipped) words.append(1, ' ').append(to_string(entry.reason));
    if (entry.count > 1) words += " x" + std::to_string(entry.count);
    if (!entry.outcome) return words;
    const Outcome& outcome = *entry.outcome;
    if (outcome.signal != 0) {
        const char* const name = sigabbrev_np(outcome.signal);
        words +=
            name == nullptr ? " signal " + std::to_string(outcome.signal) : std::string(" ") + name;
    } else if (outcome.exit_code != 0 && ended_by_itself(outcome)) {
        words += " exit " + std::to_string(outcome.exit_code);
    }
    return words;
}

std::string_view outcome_color(const Entry& entry, const Style& style) {
    switch (entry.state) {
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
