// `quantum ls`: the jobs, when they are due and how they did.
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"
#include "cli/commands.hpp"
#include "cli/job_cells.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/paged_output.hpp"
#include "cli/short_when.hpp"
#include "cli/table.hpp"
#include "config/diagnostic.hpp"
#include "server/json_value.hpp"

namespace quantum::cli {
namespace {

constexpr int jobs_at_once = 1000;

std::string list_target(const ListOptions& options, std::string_view cursor) {
    std::string target = "/v1/jobs?limit=" + std::to_string(jobs_at_once);
    const auto add = [&target](std::string_view name, std::string_view value) {
        target.append("&").append(name).append("=").append(client::encoded(value));
    };
    if (!options.pattern.empty()) add("q", options.pattern);
    for (const std::string& tag : options.tags) add("tag", tag);
    if (!options.sort.empty()) add("sort", options.sort);
    if (options.failed) add("alarm", "failing");
    if (options.paused) add("state", "paused");
    if (!cursor.empty()) add("cursor", cursor);
    return target;
}

struct ListCounts {
    std::int64_t total = 0;
    std::size_t failing = 0;
    std::size_t paused = 0;
    std::size_t running = 0;

    void count(const boost::json::object& row) {
        if (text_of(row, "alarm") == "failing") ++failing;
        if (text_of(row, "state") == "paused") ++paused;
        if (object_of(row, "running") != nullptr) ++running;
    }
    [[nodiscard]] std::string text() const {
        std::string text = std::to_string(total) + (total == 1 ? " job" : " jobs");
        std::string_view separator = ": ";
        const auto add = [&](std::size_t number, std::string_view what) {
            if (number == 0) return;
            text.append(separator).append(std::to_string(number)).append(" ").append(what);
            separator = ", ";
        };
        add(failing, "failing");
        add(paused, "paused");
        add(running, "running");
        return text + '\n';
    }
};

Table job_table(std::size_t width) {
    return Table({{.title = " "},
                  {.title = "NAME", .cuts_middle = true, .least = 12},
                  {.title = "SCHEDULE", .gives_way = 2, .least = 9},
                  {.title = "ZONE", .gives_way = 6},
                  {.title = "NEXT", .least = 16},
                  {.title = "LAST", .least = 8},
                  {.title = "LATE", .gives_way = 5, .is_right = true},
                  {.title = "TOOK p50/p95", .gives_way = 7, .is_right = true},
                  {.title = "TAGS", .gives_way = 8},
                  {.title = "SOURCE", .gives_way = 9},
                  {.title = "24 H", .gives_way = 3}},
                 width);
}

std::string tags_text(const boost::json::object& row) {
    std::string text;
    const boost::json::array* const tags = array_of(row, "tags");
    if (tags == nullptr) return text;
    for (const boost::json::value& tag : *tags) {
        if (!tag.is_string()) continue;
        if (!text.empty()) text += ',';
        text.append(tag.get_string().data(), tag.get_string().size());
    }
    return text;
}

std::vector<Cell> job_row_cells(const boost::json::object& row, const ShortWhen& when,
                                const Style& style) {
    std::string took;
    if (const auto median = number_of(row, "duration_p50_us")) {
        took = span_text(median) + '/' + span_text(number_of(row, "duration_p95_us"));
    }
    const auto late = number_of(row, "late_p95_us");
    return {mark_cell(row, style),
            {config::printable(text_of(row, "name"), std::string::npos)},
            {config::printable(schedule_text(row), std::string::npos)},
            {std::string(text_of(row, "zone"))},
            {next_text(row, when)},
            last_cell(row, when, style),
            {late ? span_text(late) : std::string()},
            {took},
            {config::printable(tags_text(row), std::string::npos)},
            {config::printable(text_of(row, "source"), std::string::npos)},
            {std::string(text_of(row, "hours"))}};
}

}  // namespace

int run(const ListOptions& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::reads_ledger, code);
    if (!link) return code;
    tell_offline(*link);
    const zone::Zone* const zone = table_zone(options.api.zone);
    if (zone == nullptr && !options.api.zone.empty()) return exit_usage;
    const Style style(standard_output);
    const ShortWhen when(zone, now().value_or(WallTime()));
    Table table = job_table(options.wide ? 0 : terminal_width(standard_output));
    PagedOutput out;
    ListCounts counts;
    std::string cursor;
    do {
        const Asked asked = ask(*link, {.target = list_target(options, cursor)});
        if (!asked.is_good()) return asked.code;
        counts.total = number_of(asked.body, "total").value_or(0);
        const boost::json::array* const rows = array_of(asked.body, "jobs");
        for (std::size_t at = 0; rows != nullptr && at < rows->size(); ++at) {
            const boost::json::object* const row = (*rows)[at].if_object();
            if (row == nullptr) continue;
            counts.count(*row);
            if (options.api.json) {
                server::append_value(out.text(), *row);
                out.text() += '\n';
            } else {
                table.add(job_row_cells(*row, when, style));
            }
        }
        if (!options.api.json && !table.empty()) table.print(out.text(), style);
        if (!out.flush()) break;
        cursor = text_of(asked.body, "next");
    } while (!cursor.empty());
    if (!options.api.json && (style.terminal() || counts.total == 0)) out.text() += counts.text();
    return out.finish() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
