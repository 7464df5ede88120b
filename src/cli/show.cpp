// `quantum show JOB`: all there is to say of one job, in the job's own zone.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"
#include "cli/commands.hpp"
#include "cli/job_cells.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/paged_output.hpp"
#include "cli/short_when.hpp"
#include "cli/time_text.hpp"
#include "config/job_document.hpp"
#include "server/json_value.hpp"

namespace quantum::cli {
namespace {

namespace json = boost::json;

/// Members of a definition that are told in words of their own.
bool is_told(std::string_view key) {
    return key == "schedule" || key == "zone" || key == "command" || key == "shell" ||
           key == "http" || key == "user" || key == "group";
}

std::string value_text(const json::value& value) {
    if (value.is_string())
        return shown_text({value.get_string().data(), value.get_string().size()});
    std::string text;
    server::append_value(text, value);
    return shown_text(text);
}

std::string command_line(const json::object& definition) {
    if (const auto line = text_of(definition, "shell"); !line.empty()) return shown_text(line);
    if (const json::array* const words = array_of(definition, "command")) {
        std::string text;
        for (const json::value& word : *words) {
            if (!text.empty()) text += ' ';
            text += value_text(word);
        }
        return text;
    }
    if (const json::object* const request = object_of(definition, "http")) {
        const std::string_view method = text_of(*request, "method");
        return std::string(method.empty() ? "GET" : method) + ' ' +
               shown_text(text_of(*request, "url"));
    }
    return "a function of its program";
}

/// The report on one job, a line for each thing.
class JobReport {
public:
    JobReport(const json::object& job, const ShortWhen& when, const Style& style)
        : job_(job), when_(when), style_(style) {}

    void append_head(std::string& out) const {
        out += style_.strong();
        out += shown_text(text_of(job_, "name"));
        out += style_.plain();
        std::string meaning = shown_text(text_of(job_, "meaning"));
        if (meaning.ends_with('.')) meaning.pop_back();
        if (!meaning.empty()) out += ": " + meaning;
        const std::string_view state = text_of(job_, "state");
        if (number_of(job_, "failures").value_or(0) > 0) {
            out += "   ";
            out += style_.error();
            out += "! failing, " + std::to_string(*number_of(job_, "failures")) + " in a row";
            out += style_.plain();
        } else if (state != "active") {
            out += "   ";
            out += style_.warning();
            out += state == "paused" ? "= " : ". ";
            out += next_text(job_, when_);
            out += style_.plain();
        }
        out += '\n';
    }

    void append_pause(std::string& out) const {
        const json::object* const paused = object_of(job_, "paused");
        if (paused == nullptr) return;
        const std::string_view note = text_of(*paused, "note");
        line(out, "paused", note.empty() ? "no note" : '"' + shown_text(note) + '"');
    }

    void append_definition(std::string& out, const json::object& definition) const {
        std::string command = command_line(definition);
        if (const auto user = text_of(definition, "user"); !user.empty()) {
            command += "   as " + shown_text(user);
        }
        line(out, "command", command);
        std::string policies;
        for (const auto& [key, value] : definition) {
            const std::string_view name(key.data(), key.size());
            if (is_told(name)) continue;
            if (!policies.empty()) policies += ", ";
            policies.append(name).append(" ").append(value_text(value));
        }
        if (!policies.empty()) line(out, "settings", policies);
    }

    void append_next(std::string& out, const json::object& dues) const {
        const json::array* const list = array_of(dues, "due");
        if (list == nullptr || list->empty() || text_of(job_, "state") != "active") return;
        std::string text;
        for (const json::value& one : *list) {
            const json::object* const due = one.if_object();
            const auto at = due == nullptr ? std::nullopt : instant_of(*due, "at");
            if (!at) continue;
            if (!text.empty()) text += ", ";
            text += when_.text(*at);
            if (text.find('(') == std::string::npos) text += " (" + when_.relative(*at) + ")";
        }
        line(out, "next", text);
    }

    void append_last(std::string& out, const json::object* execution) const {
        if (execution == nullptr) return line(out, "last", "has not run");
        std::string text = short_execution(text_of(*execution, "execution"));
        if (const auto due = instant_of(*execution, "due")) text += "  " + when_.text(*due);
        if (const auto late = number_of(*execution, "lateness_us")) {
            text += "  +" + brief(Duration(*late));
        }
        if (const auto took = number_of(*execution, "duration_us")) {
            text += "  " + brief(Duration(*took));
        }
        text += "  " + end_text(*execution);
        if (const auto why = text_of(*execution, "why"); !why.empty()) {
            text += "  \"" + shown_text(why) + '"';
        }
        line(out, "last", text);
    }

    void append_source(std::string& out) const {
        std::string text = shown_text(text_of(job_, "source"));
        text += (text.empty() ? "revision " : ", revision ") +
                std::to_string(number_of(job_, "revision").value_or(0));
        if (const auto since = instant_of(job_, "since")) text += " since " + when_.text(*since);
        line(out, "source", text);
    }

    void line(std::string& out, std::string_view title, std::string_view text) const {
        constexpr std::size_t width = 10;
        out.append("  ").append(title);
        out.append(title.size() < width ? width - title.size() : 1, ' ');
        out.append(text).append("\n");
    }

private:
    const json::object& job_;
    const ShortWhen& when_;
    const Style& style_;
};

/// The newest execution that is no skip; null: none.
const json::object* newest_run(const json::object& page) {
    const json::array* const rows = array_of(page, "executions");
    for (std::size_t at = 0; rows != nullptr && at < rows->size(); ++at) {
        const json::object* const row = (*rows)[at].if_object();
        if (row == nullptr) continue;
        const std::string_view state = text_of(*row, "state");
        if (state != "skipped" && state != "coalesced" && state != "claimed") return row;
    }
    return nullptr;
}

}  // namespace

int run(const ShowOptions& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::reads_ledger, code);
    if (!link) return code;
    const std::string path = job_path(options.job);
    const Asked job = ask(*link, {.target = path});
    if (!job.is_good()) return job.code;
    PagedOutput out;
    if (options.api.json) {
        server::append_value(out.text(), job.body);
        out.text() += '\n';
        return out.finish() ? exit_ok : exit_failure;
    }
    static const json::object nothing;
    const json::object* const known = object_of(job.body, "definition");
    const json::object& definition = known == nullptr ? nothing : *known;
    if (options.toml) {
        out.text() += config::job_toml(options.job, definition);
        return out.finish() ? exit_ok : exit_failure;
    }
    tell_offline(*link);
    const Asked dues = ask(*link, {.target = path + "/due?count=3"});
    if (!dues.is_good()) return dues.code;
    Asked runs =
        ask(*link, {.target = "/v1/executions?limit=20&job=" + client::encoded(options.job)});
    const zone::Zone* const zone = table_zone(
        options.api.zone.empty() ? std::string(text_of(definition, "zone")) : options.api.zone);
    const Style style(standard_output);
    const ShortWhen when(zone, now().value_or(WallTime()));
    const JobReport report(job.body, when, style);
    report.append_head(out.text());
    report.append_pause(out.text());
    report.append_definition(out.text(), definition);
    report.append_next(out.text(), dues.body);
    if (runs.is_good()) report.append_last(out.text(), newest_run(runs.body));
    report.append_source(out.text());
    return out.finish() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
