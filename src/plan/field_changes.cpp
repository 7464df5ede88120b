#include "plan/field_changes.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "quantum/command.hpp"
#include "quantum/http_request.hpp"

#include "base/rfc3339.hpp"
#include "model/job_parts.hpp"
#include "model/packed_command.hpp"
#include "model/policy_words.hpp"
#include "model/same_definition.hpp"
#include "plan/mutant.hpp"
#include "schedule/view.hpp"
#include "times/short_text.hpp"

namespace quantum::plan {
namespace {

using times::span_text;

std::string text(const std::string& value) { return value; }
std::string text(std::string_view value) { return std::string(value); }
std::string text(bool value) { return value ? "true" : "false"; }
std::string text(Duration value) { return span_text(value); }
std::string text(WallTime value) { return base::rfc3339(value); }
std::string text(Overlap value) { return std::string(model::word(value)); }
std::string text(Misfire value) { return std::string(model::word(value)); }
std::string text(OnLost value) { return std::string(model::word(value)); }
std::string text(OnCrash value) { return value == OnCrash::wait ? "wait" : "end"; }
std::string text(DstGap value) { return std::string(to_string(value)); }
std::string text(DstRepeat value) { return std::string(to_string(value)); }

template <class Number>
requires std::is_arithmetic_v<Number> std::string text(Number value) {
    return std::to_string(value);
}

template <class Value>
std::string text(const std::optional<Value>& value) {
    return value ? text(*value) : std::string();
}

std::string text(const std::vector<std::string>& values) {
    std::string all;
    for (const std::string& value : values) all += (all.empty() ? "" : ", ") + value;
    return all;
}

std::string text(const std::vector<int>& values) {
    std::string all;
    for (const int value : values) all += (all.empty() ? "" : ", ") + std::to_string(value);
    return all;
}

std::string text(const Backoff& backoff) {
    std::string all = span_text(backoff.first);
    if (backoff.factor != 1) all += " x" + std::to_string(backoff.factor).substr(0, 4);
    return all + ", at most " + span_text(backoff.longest);
}

/// A command as somebody would type it, roughly.
std::string words_text(const std::vector<std::string>& argv) {
    std::string all;
    for (const std::string& word : argv) {
        const bool is_plain = !word.empty() && word.find_first_of(" \t'\"\\$") == std::string::npos;
        all += (all.empty() ? "" : " ") + (is_plain ? word : "'" + word + "'");
    }
    return all;
}

/// A schedule without what narrows it.
const Schedule& innermost(const Schedule& schedule) {
    const Schedule* inner = &schedule;
    while (inner->narrowed() != nullptr) inner = inner->narrowed();
    return *inner;
}

struct Narrowing {
    std::optional<WallTime> from{};
    std::optional<WallTime> until{};
    std::string dates{};
};

Narrowing narrowing_of(const Schedule& schedule) {
    Narrowing found;
    for (const Schedule* one = &schedule; one != nullptr; one = one->narrowed()) {
        if (one->from()) found.from = one->from();
        if (one->until()) found.until = one->until();
        for (const auto& date : one->left_out_dates()) {
            const std::string day = base::rfc3339(WallTime(std::chrono::sys_days(date)));
            found.dates += (found.dates.empty() ? "" : ", ") + day.substr(0, 10);
        }
    }
    return found;
}

class Comparison {
public:
    Comparison(const Job& before, const Job& after) : before_(before), after_(after) {}

    std::vector<FieldChange> run() {
        compare_schedules();
        compare("state", std::string_view(to_string(before_.state())),
                std::string_view(to_string(after_.state())));
        compare_policies();
        compare_tasks();
        const std::string source = model::JobParts::source(before_);
        const std::string now_source = model::JobParts::source(after_);
        if (found_.empty() && source != now_source) add("source", source, now_source);
        if (found_.empty() && !model::same_definition(before_, after_)) {
            add("definition", "another", "another");
        }
        return std::move(found_);
    }

private:
    void add(std::string key, std::string before, std::string after) {
        found_.push_back({std::move(key), std::move(before), std::move(after)});
    }

    template <class Value>
    void compare(std::string_view key, const Value& before, const Value& after) {
        if (before == after) return;
        add(std::string(key), text(before), text(after));
    }

    void compare_schedules() {
        const auto& before = before_.schedule();
        const auto& after = after_.schedule();
        if (!before || !after) {
            if (before) add("schedule", std::string(before->text()), {});
            if (after) add("schedule", {}, std::string(after->text()));
            return;
        }
        const Schedule& old = innermost(*before);
        const Schedule& next = innermost(*after);
        const auto text_of = [](const Schedule& schedule) {
            const auto once = schedule.once_at();
            return once ? base::rfc3339(*once) : std::string(schedule.text());
        };
        const auto asked = [](const Job& job, std::string otherwise) {
            return job.asked_for() ? base::rfc3339(*job.asked_for()) : std::move(otherwise);
        };
        compare("schedule", asked(before_, text_of(old)), asked(after_, text_of(next)));
        compare("dialect", std::string_view(to_string(old.dialect())),
                std::string_view(to_string(next.dialect())));
        if (!mutated(PlanMutant::zone_is_no_change)) {
            compare("zone", old.zone_name(), next.zone_name());
        }
        compare("dst_gap", old.dst().gap, next.dst().gap);
        compare("dst_repeat", old.dst().repeat, next.dst().repeat);
        const auto days = [](const Schedule& schedule) -> std::string {
            if (!schedule.days()) return {};
            return *schedule.days() == DayRule::either ? "any" : "all";
        };
        compare("days", days(old), days(next));
        const Narrowing was = narrowing_of(*before);
        const Narrowing is = narrowing_of(*after);
        compare("from", was.from, is.from);
        compare("until", was.until, is.until);
        compare("except_dates", was.dates, is.dates);
    }

    void compare_policies() {
        const JobPolicies& old = before_.policies();
        const JobPolicies& next = after_.policies();
        compare("overlap", old.overlap, next.overlap);
        compare("queue", old.queue_limit, next.queue_limit);
        compare("misfire", old.misfire, next.misfire);
        compare("misfire_cap", old.misfire_cap, next.misfire_cap);
        compare("grace", old.grace, next.grace);
        compare("jitter", old.jitter, next.jitter);
        compare("retries", old.retries, next.retries);
        compare("backoff", old.backoff, next.backoff);
        compare("retry_past_next", old.retry_past_next, next.retry_past_next);
        compare("on_lost", old.on_lost, next.on_lost);
        compare("timeout", old.timeout, next.timeout);
        compare("tags", old.tags, next.tags);
        compare("run_if_past", old.run_if_past, next.run_if_past);
    }

    void compare_tasks() {
        const auto old = model::CommandView::of(before_.task());
        const auto next = model::CommandView::of(after_.task());
        if (old && next) return compare_commands(*old, *next);
        const HttpRequest* const old_request = request_of(before_.task());
        const HttpRequest* const next_request = request_of(after_.task());
        if (old_request != nullptr && next_request != nullptr) {
            return compare_requests(*old_request, *next_request);
        }
        const auto kind = [](const auto& command, const HttpRequest* request) -> std::string {
            if (command) return words_text(command->argv());
            return request != nullptr ? request->url : std::string();
        };
        if (before_.task().kind() != after_.task().kind()) {
            add(next_request != nullptr ? "http" : "command", kind(old, old_request),
                kind(next, next_request));
        }
    }

    void compare_commands(const model::CommandView& old, const model::CommandView& next) {
        compare("command", words_text(old.argv()), words_text(next.argv()));
        compare("input", old.input(), next.input());
        const Command& was = old.common();
        const Command& is = next.common();
        compare("timeout", was.timeout, is.timeout);
        compare("kill_after", was.kill_after, is.kill_after);
        compare("user", was.user, is.user);
        compare("group", was.group, is.group);
        compare("working_directory", was.working_directory, is.working_directory);
        compare("umask", was.file_mode_mask, is.file_mode_mask);
        compare("nice", was.nice, is.nice);
        compare("env_file", was.environment_file, is.environment_file);
        compare("new_privileges", was.new_privileges, is.new_privileges);
        compare("on_crash", was.on_crash, is.on_crash);
        compare("success_codes", was.success_codes, is.success_codes);
        // Values may be secret to whoever reads over a shoulder: only that they differ is told.
        if (was.environment != is.environment) add("env", names_of(was), names_of(is));
        if (was.secrets != is.secrets) add("secrets", secrets_of(was), secrets_of(is));
        if (was.limits != is.limits) add("limits", "others", "others");
        if (old.output_file() != next.output_file()) {
            const auto path = [](const auto& view) {
                const auto file = view.output_file();
                return file ? file->path : std::string();
            };
            add("output_file", path(old), path(next));
        }
    }

    static std::string names_of(const Command& command) {
        std::vector<std::string> names;
        for (const auto& [name, value] : command.environment) names.push_back(name);
        return text(names);
    }

    static std::string secrets_of(const Command& command) {
        std::vector<std::string> names;
        for (const SecretVariable& secret : command.secrets) names.push_back(secret.variable);
        return text(names);
    }

    void compare_requests(const HttpRequest& old, const HttpRequest& next) {
        if (old == next) return;
        compare("http.url", old.url, next.url);
        compare("http.method", old.method, next.method);
        compare("timeout", old.timeout, next.timeout);
        compare("http.redirects", old.redirects, next.redirects);
        if (old.body != next.body) add("http.body", "another", "another");
        if (old.headers != next.headers) add("http.headers", "others", "others");
    }

    const Job& before_;
    const Job& after_;
    std::vector<FieldChange> found_;
};

}  // namespace

std::vector<FieldChange> field_changes(const Job& before, const Job& after) {
    return Comparison(before, after).run();
}

}  // namespace quantum::plan
