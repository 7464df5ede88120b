#include "server/job_json.hpp"

#include <cstdint>

#include <boost/json.hpp>

#include "quantum/http_request.hpp"
#include "quantum/schedule.hpp"

#include "base/rfc3339.hpp"
#include "config/job_diff.hpp"
#include "model/job_parts.hpp"
#include "model/packed_command.hpp"
#include "server/instant.hpp"
#include "server/mutant.hpp"

namespace quantum::server {
namespace {

constexpr std::size_t longest_command = 200;

/// The schedule that has an expression: a window and left-out dates are around it.
const Schedule& core_of(const Schedule& schedule) {
    const Schedule* core = &schedule;
    while (core->narrowed() != nullptr) core = core->narrowed();
    return *core;
}

std::string_view zone_of(const Schedule& schedule) {
    const Schedule& core = core_of(schedule);
    return core.parts().empty() ? core.zone_name() : core.parts().front().zone_name();
}

}  // namespace

void append_instant(std::string& out, WallTime time, std::string_view zone) {
    base::JsonObject members(out);
    members.text("at", base::rfc3339(time));
    members.text("local", local_text(time, zone));
    members.text("zone", zone);
    members.end();
}

std::string command_text(const Job& job) {
    std::string text;
    if (const auto command = model::CommandView::of(job.task())) {
        const std::vector<std::string> words = command->argv();
        const bool is_shell = words.size() == 3 && words[1] == "-c";
        if (is_shell) return words[2].substr(0, longest_command);
        for (const std::string& word : words) {
            if (!text.empty()) text += ' ';
            text += word;
            if (text.size() > longest_command) break;
        }
    } else if (const HttpRequest* const request = request_of(job.task())) {
        text = request->method + ' ' + request->url;
    }
    return text.substr(0, longest_command);
}

void append_schedule(base::JsonObject& members, std::string& out, const Job& job) {
    if (!job.schedule()) {
        members.null("schedule");
        return;
    }
    const Schedule& core = core_of(*job.schedule());
    if (core.parts().empty()) {
        members.text("schedule", core.text());
    } else {
        members.key("schedule");
        base::JsonArray texts(out);
        for (const Schedule& part : core.parts()) texts.text(part.text());
        texts.end();
    }
    members.text("zone", zone_of(*job.schedule()));
}

void append_pause(base::JsonObject& members, std::string& out, const Job& job, WallTime now,
                  const std::string& paused_by) {
    if (JobIndex::condition_of(job, now) != JobCondition::paused) return;
    members.key("paused");
    base::JsonObject pause(out);
    if (job.pause()->until) pause.text("until", base::rfc3339(*job.pause()->until));
    pause.text("note", job.pause()->note);
    if (!paused_by.empty()) pause.text("by", paused_by);
    pause.end();
}

void append_last(base::JsonObject& members, std::string& out, const IndexedJob& job) {
    if (!job.activity || !job.activity->last) return;
    const JobActivity& activity = *job.activity;
    const LastEnd& last = *activity.last;
    members.key("last");
    base::JsonObject end(out);
    end.text("execution", last.id.text());
    end.text("due", base::rfc3339(last.due));
    end.text("ended_at", base::rfc3339(last.ended_at));
    end.text("state", to_string(last.outcome));
    end.number("duration_us", last.duration.count());
    if (last.exit_code) end.number("exit_code", *last.exit_code);
    if (last.signal != 0) end.number("signal", last.signal);
    end.end();
    if (activity.failures > 0) members.number("failures", activity.failures);
}

std::string entity_tag(std::uint32_t revision, JobCondition condition) {
    return "\"r" + std::to_string(revision) + '.' + std::string(to_string(condition)) + '"';
}

void append_job_row(std::string& out, const IndexedJob& indexed, WallTime now,
                    const std::string& paused_by) {
    const Job& job = indexed.job();
    base::JsonObject members(out);
    members.text("name", job.name());
    append_schedule(members, out, job);
    members.text("state", to_string(JobIndex::condition_of(job, now)));
    append_pause(members, out, job, now, paused_by);
    if (const auto next = JobIndex::next_due(indexed, now)) {
        members.key("next");
        append_instant(out, *next, zone_of(*job.schedule()));
    }
    append_last(members, out, indexed);
    if (!indexed.running().empty()) {
        members.key("running");
        base::JsonObject running(out);
        running.number("count", static_cast<std::int64_t>(indexed.running().size()));
        if (const auto& since = indexed.running().front().started_at) {
            running.text("since", base::rfc3339(*since));
        }
        running.end();
    }
    if (const std::string_view alarm = JobIndex::alarm_of(indexed); !alarm.empty()) {
        members.text("alarm", alarm);
    }
    if (indexed.activity) {
        const JobActivity& activity = *indexed.activity;
        members.text("hours", activity.strip_at(now));
        if (!activity.durations.empty()) {
            members.number("duration_p50_us", activity.durations.percentile(50).count());
            members.number("duration_p95_us", activity.durations.percentile(95).count());
            members.number("late_p95_us", activity.latenesses.percentile(95).count());
        }
    }
    if (!job.tags().empty()) {
        members.key("tags");
        base::JsonArray tags(out);
        for (const std::string& tag : job.tags()) tags.text(tag);
        tags.end();
    }
    members.text("command", command_text(job));
    if (std::string source = model::JobParts::source(job); !source.empty()) {
        members.text("source", source);
    }
    members.number("revision", indexed.revision);
    members.end();
}

void hide_values(boost::json::object& document, Role role) {
    namespace json = boost::json;
    if (role == Role::admin || mutated(ServerMutant::values_shown_to_readers)) return;
    const auto hide = [](json::value& value) { value = "***"; };
    const auto hide_all = [&hide](json::value& table) {
        if (!table.is_object()) return;
        for (auto& member : table.get_object()) hide(member.value());
    };
    if (json::value* const env = document.if_contains("env")) hide_all(*env);
    if (json::value* const input = document.if_contains("input")) hide(*input);
    json::value* const http = document.if_contains("http");
    if (http == nullptr || !http->is_object()) return;
    if (json::value* const headers = http->get_object().if_contains("headers")) hide_all(*headers);
    if (json::value* const body = http->get_object().if_contains("body")) hide(*body);
}

}  // namespace quantum::server
