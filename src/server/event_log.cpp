#include "server/event_log.hpp"

#include <charconv>
#include <utility>

#include "base/json_text.hpp"
#include "base/rfc3339.hpp"

namespace quantum::server {
namespace {

std::string_view kind_of(const FeedEvent& event) {
    switch (event.kind) {
        case TelemetryKind::job_add:
            return "job.added";
        case TelemetryKind::job_update:
            if (event.stored && event.stored->note.starts_with("paused")) return "job.paused";
            if (event.stored && event.stored->note.starts_with("resumed")) return "job.resumed";
            return "job.changed";
        case TelemetryKind::job_delete:
            return "job.deleted";
        case TelemetryKind::job_start:
            return "run.started";
        case TelemetryKind::job_stop:
        case TelemetryKind::job_exception:
            return "run.ended";
        case TelemetryKind::job_skip:
            return "run.skipped";
        case TelemetryKind::job_stuck:
            return "run.stuck";
        default:
            return "state";
    }
}

void append_run(base::JsonObject& members, const FeedEvent& event) {
    members.text("execution", event.id->text());
    members.number("attempt", event.attempt);
    members.text("kind", event.execution_kind == ExecutionKind::manual ? "manual" : "scheduled");
    if (event.started_at) {
        members.text("started_at", base::rfc3339(*event.started_at));
        members.number("lateness_us", event.lateness.count());
    }
    if (event.pid != 0) members.number("pid", event.pid);
    if (!event.outcome) return;
    const Outcome& outcome = *event.outcome;
    members.text("state", to_string(outcome.kind));
    members.number("duration_us", outcome.duration.count());
    if (outcome.exit_code) members.number("exit_code", *outcome.exit_code);
    if (outcome.signal != 0) members.number("signal", outcome.signal);
    if (!outcome.reason.empty()) members.text("why", outcome.reason);
}

std::size_t size_of(const EventLog::Event& event) {
    return sizeof event + event.job.size() + event.json.size();
}

}  // namespace

void EventLog::add(const FeedEvent& event) {
    Event kept{next_, kind_of(event), event.job, {}};
    base::JsonObject members(kept.json);
    members.text("id", place(next_));
    members.text("event", kept.kind);
    members.text("time", base::rfc3339(event.time));
    if (!event.job.empty()) members.text("job", event.job);
    if (event.due != WallTime{}) members.text("due", base::rfc3339(event.due));
    if (event.id) append_run(members, event);
    if (event.stored) {
        members.number("revision", event.stored->revision);
        if (!event.stored->note.empty()) members.text("note", event.stored->note);
    }
    if (!event.text.empty() && !event.outcome) {
        members.text(event.kind == TelemetryKind::job_skip ? "reason" : "text", event.text);
    }
    members.end();
    keep(std::move(kept));
}

// The number that is left out parts the places before from those after.
void EventLog::cut() {
    events_.clear();
    bytes_ = 0;
    ++next_;
}

void EventLog::keep(Event event) {
    ++next_;
    event.json.shrink_to_fit();
    bytes_ += size_of(event);
    events_.push_back(std::move(event));
    while (events_.size() > most || bytes_ > most_bytes) {
        bytes_ -= size_of(events_.front());
        events_.pop_front();
    }
}

std::optional<std::vector<const EventLog::Event*>> EventLog::after(std::string_view text) const {
    const std::size_t dash = text.rfind('-');
    if (dash == std::string_view::npos || text.substr(0, dash) != epoch_) return std::nullopt;
    text.remove_prefix(dash + 1);
    std::uint64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || rest != text.data() + text.size()) return std::nullopt;
    const std::uint64_t oldest = next_ - events_.size();
    if (number + 1 < oldest || number >= next_) return std::nullopt;
    std::vector<const Event*> found;
    for (auto at = static_cast<std::size_t>(number + 1 - oldest); at < events_.size(); ++at) {
        found.push_back(&events_[at]);
    }
    return found;
}

std::vector<const EventLog::Event*> EventLog::all() const {
    std::vector<const Event*> found;
    for (const Event& event : events_) found.push_back(&event);
    return found;
}

}  // namespace quantum::server
