#include "config/job_document.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <boost/json.hpp>

#include "quantum/schedule.hpp"

#include "base/rfc3339.hpp"
#include "config/job_keys.hpp"
#include "config/quantity.hpp"
#include "config/task_document.hpp"
#include "config/toml_writer.hpp"

namespace quantum::config {
namespace {

namespace json = boost::json;

std::string date_text(std::chrono::year_month_day date) {
    return base::rfc3339(WallTime(std::chrono::sys_days(date))).substr(0, 10);
}

void write_days(json::object& document, const Schedule& schedule) {
    if (const auto days = schedule.days()) {
        document["days"] = *days == DayRule::both ? "all" : "any";
    }
    const DstPolicy usual;
    const DstPolicy& dst = schedule.dst();
    if (dst.gap != usual.gap) {
        document["dst_gap"] = dst.gap == DstGap::shift ? "shift" : "skip";
    }
    if (dst.repeat == usual.repeat) return;
    switch (dst.repeat) {
        case DstRepeat::first:
            document["dst_repeat"] = "first";
            break;
        case DstRepeat::second:
            document["dst_repeat"] = "second";
            break;
        case DstRepeat::both:
            document["dst_repeat"] = "both";
            break;
        case DstRepeat::none:
            document["dst_repeat"] = "none";
            break;
        case DstRepeat::automatic:
            break;
    }
}

void write_schedule(json::object& document, const Schedule& schedule) {
    std::optional<WallTime> from;
    std::optional<WallTime> until;
    json::array dates;
    const Schedule* plain = &schedule;
    for (; plain->narrowed() != nullptr; plain = plain->narrowed()) {
        if (plain->from()) from = plain->from();
        if (plain->until()) until = plain->until();
        for (const auto& date : plain->left_out_dates()) dates.emplace_back(date_text(date));
    }
    const Schedule& first = plain->parts().empty() ? *plain : plain->parts().front();
    if (plain->parts().empty()) {
        document["schedule"] = plain->text();
    } else {
        json::array texts;
        for (const Schedule& part : plain->parts()) texts.emplace_back(part.text());
        document["schedule"] = std::move(texts);
    }
    document["zone"] = first.zone_name();
    if (first.dialect() != Dialect::cron) document["dialect"] = to_string(first.dialect());
    write_days(document, first);
    if (from) document["from"] = base::rfc3339(*from);
    if (until) document["until"] = base::rfc3339(*until);
    if (!dates.empty()) document["except_dates"] = std::move(dates);
}

std::string_view word_of(Overlap overlap) {
    switch (overlap) {
        case Overlap::allow:
            return "allow";
        case Overlap::skip:
            return "skip";
        case Overlap::queue:
            return "queue";
        case Overlap::replace:
            return "replace";
    }
    return "skip";
}

std::string_view word_of(Misfire misfire) {
    switch (misfire) {
        case Misfire::one:
            return "one";
        case Misfire::all:
            return "all";
        case Misfire::skip:
            return "skip";
    }
    return "one";
}

json::value backoff_value(const Backoff& backoff) {
    if (backoff == Backoff::fixed(backoff.first)) return json::value(duration_text(backoff.first));
    json::object table;
    const Backoff usual;
    if (backoff.first != usual.first) table["first"] = duration_text(backoff.first);
    if (backoff.factor != usual.factor) table["factor"] = backoff.factor;
    if (backoff.longest != usual.longest) table["longest"] = duration_text(backoff.longest);
    if (backoff.jitter != usual.jitter) table["jitter"] = backoff.jitter;
    return table;
}

void write_policies(json::object& document, const Job& job) {
    const JobPolicies usual;
    const JobPolicies& policies = job.policies();
    if (policies.run_if_past) document["run_if_past"] = true;
    if (job.state() == JobState::inactive) document["state"] = "inactive";
    if (policies.misfire != usual.misfire) document["misfire"] = word_of(policies.misfire);
    if (policies.misfire_cap != usual.misfire_cap) document["misfire_cap"] = policies.misfire_cap;
    if (policies.grace) document["grace"] = duration_text(*policies.grace);
    if (policies.overlap != usual.overlap) document["overlap"] = word_of(policies.overlap);
    if (policies.queue_limit != usual.queue_limit) document["queue"] = policies.queue_limit;
    if (!policies.tags.empty()) {
        json::array tags;
        for (const std::string& tag : policies.tags) tags.emplace_back(tag);
        document["tags"] = std::move(tags);
    }
    if (policies.jitter != usual.jitter) document["jitter"] = duration_text(policies.jitter);
    if (policies.retries != usual.retries) document["retries"] = policies.retries;
    if (policies.backoff != usual.backoff) document["backoff"] = backoff_value(policies.backoff);
    if (policies.retry_past_next) document["retry_past_next"] = true;
    if (policies.on_lost == OnLost::rerun) document["on_lost"] = "rerun";
}

/// The n-th key is in line n + 1; what concerns none is the job's.
std::string pointer_of(const Diagnostic& diagnostic, const json::object& document) {
    if (diagnostic.line < 2 || diagnostic.line > document.size() + 1) return {};
    const auto member = document.begin() + static_cast<std::ptrdiff_t>(diagnostic.line - 2);
    std::string pointer = "/";
    for (const char c : std::string_view(member->key().data(), member->key().size())) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
    return pointer;
}

DocumentFault fault_of(const Diagnostic& diagnostic, const json::object& document) {
    DocumentFault fault{pointer_of(diagnostic, document), diagnostic.message, {}};
    constexpr std::string_view toml_only = ", without quotes";
    if (const std::size_t at = fault.message.find(toml_only); at != std::string::npos) {
        fault.message.erase(at, toml_only.size());
    }
    constexpr std::string_view hint = "did you mean '";
    if (const std::size_t at = fault.message.find(hint); at != std::string::npos) {
        const std::size_t begin = at + hint.size();
        fault.did_you_mean = fault.message.substr(begin, fault.message.find('\'', begin) - begin);
    }
    return fault;
}

bool is_instant(std::string_view key) {
    const auto known = std::find_if(job_keys.begin(), job_keys.end(),
                                    [key](const JobKey& one) { return one.name == key; });
    return known != job_keys.end() &&
           (known->type == KeyType::instant || known->type == KeyType::dates);
}

void append_instants(std::string& text, const json::value& value) {
    const auto append = [&text](const json::value& one) {
        if (one.is_string()) {
            append_toml_instant(text, {one.get_string().data(), one.get_string().size()});
        } else {
            append_toml(text, one);
        }
    };
    if (!value.is_array()) return append(value);
    std::string_view separator = "[";
    for (const json::value& element : value.get_array()) {
        text += separator;
        append(element);
        separator = ", ";
    }
    text += value.get_array().empty() ? "[]" : "]";
}

}  // namespace

json::object job_document(const Job& job, const Account& own) {
    json::object document;
    if (job.schedule()) write_schedule(document, *job.schedule());
    write_task(document, job.task(), own);
    write_policies(document, job);
    return document;
}

std::string job_toml(std::string_view name, const json::object& document) {
    std::string text = "[jobs.";
    append_toml_key(text, name);
    text += "]\n";
    for (const auto& [key, value] : document) {
        const std::string_view plain(key.data(), key.size());
        append_toml_key(text, plain);
        text += " = ";
        if (is_instant(plain)) {
            append_instants(text, value);
        } else {
            append_toml(text, value);
        }
        text += '\n';
    }
    return text;
}

tl::expected<Job, std::vector<DocumentFault>> job_of_document(std::string_view name,
                                                              const json::object& document,
                                                              const JobFileOptions& options) {
    // The parser itself knows no empty name; the error is the same.
    Job named;
    if (const Status good = named.set_name(std::string(name)); !good) {
        return tl::unexpected(std::vector<DocumentFault>{{{}, good.error().message, {}}});
    }
    const std::string text = job_toml(name, document);
    JobFile file = parse_job_file(text, options);
    std::vector<DocumentFault> faults;
    for (const Diagnostic& diagnostic : file.diagnostics) {
        if (diagnostic.severity == Severity::error) {
            faults.push_back(fault_of(diagnostic, document));
        }
    }
    if (faults.empty() && file.entries.size() == 1) return std::move(file.entries.front().job);
    if (faults.empty()) faults.push_back({{}, "this is no definition of one job", {}});
    return tl::unexpected(std::move(faults));
}

}  // namespace quantum::config
