#include "server/entry_json.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/json_text.hpp"
#include "base/rfc3339.hpp"

namespace quantum::server {
namespace {

using base::JsonObject;

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

void append_entry(std::string& out, const Entry& entry, const std::vector<Attempt>* attempts) {
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

}  // namespace quantum::server
