// `quantum audit-log`: who changed what.
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "base/rfc3339.hpp"
#include "cli/api_answer.hpp"
#include "cli/api_commands.hpp"
#include "cli/commands.hpp"
#include "cli/job_cells.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/paged_output.hpp"
#include "cli/short_when.hpp"
#include "cli/table.hpp"
#include "server/json_value.hpp"

namespace quantum::cli {
namespace {

constexpr std::size_t notes_at_once = 1000;

std::string audit_target(const AuditLogOptions& options, std::size_t limit,
                         const std::string& cursor) {
    std::string target = "/v1/audit?limit=" + std::to_string(limit);
    const auto add = [&target](std::string_view name, const std::string& value) {
        if (!value.empty())
            target.append("&").append(name).append("=").append(client::encoded(value));
    };
    add("job", options.job);
    add("actor", options.actor);
    add("action", options.action);
    if (options.since) add("from", base::rfc3339(*options.since));
    add("cursor", cursor);
    return target;
}

}  // namespace

int run(const AuditLogOptions& options) {
    int code = exit_ok;
    auto link = open_link(options.api.place, Offline::reads_ledger, code);
    if (!link) return code;
    tell_offline(*link);
    std::vector<boost::json::object> notes;
    std::string cursor;
    do {
        const Asked asked = ask(
            *link, {.target = audit_target(
                        options, std::min(notes_at_once, options.limit - notes.size()), cursor)});
        if (!asked.is_good()) return asked.code;
        const boost::json::array* const found = array_of(asked.body, "notes");
        for (std::size_t at = 0; found != nullptr && at < found->size(); ++at) {
            if (const auto* const note = (*found)[at].if_object()) notes.push_back(*note);
        }
        cursor = text_of(asked.body, "next");
    } while (!cursor.empty() && notes.size() < options.limit);
    PagedOutput out;
    if (options.api.json) {
        for (const boost::json::object& note : notes) {
            server::append_value(out.text(), note);
            out.text() += '\n';
        }
        return out.finish() ? exit_ok : exit_failure;
    }
    const zone::Zone* const zone = table_zone(options.api.zone);
    if (zone == nullptr && !options.api.zone.empty()) return exit_usage;
    const Style style(standard_output);
    const ShortWhen when(zone, now().value_or(WallTime()));
    Table table({{.title = "AT"},
                 {.title = "ACTOR", .cuts_middle = true, .least = 8},
                 {.title = "ACTION"},
                 {.title = "JOB", .cuts_middle = true, .least = 12},
                 {.title = "DETAIL", .least = 10}},
                terminal_width(standard_output));
    // The newest last, where one looks.
    for (auto note = notes.rbegin(); note != notes.rend(); ++note) {
        const auto at = instant_of(*note, "at");
        table.add({{at ? when.text(std::chrono::floor<std::chrono::seconds>(*at)) : "-"},
                   {shown_text(text_of(*note, "actor"))},
                   {shown_text(text_of(*note, "action"))},
                   {shown_text(text_of(*note, "job"))},
                   {shown_text(text_of(*note, "detail"))}});
    }
    if (table.empty()) {
        out.text() += "no note\n";
    } else {
        table.print(out.text(), style);
    }
    return out.finish() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
