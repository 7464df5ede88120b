#include "cli/why_text.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/rfc3339.hpp"
#include "cli/json_text.hpp"
#include "config/diagnostic.hpp"
#include "times/short_text.hpp"

namespace quantum::cli {
namespace {

void append_rows(std::string& out, const std::vector<why::Row>& rows) {
    out += '[';
    for (std::size_t at = 0; at < rows.size(); ++at) {
        if (at > 0) out += ',';
        JsonObject row(out);
        row.text("row", to_string(rows[at].kind));
        row.text("name", rows[at].name);
        if (rows[at].at) row.text("at", base::rfc3339(*rows[at].at));
        row.end();
    }
    out += ']';
}

void append_causes(std::string& out, const std::vector<why::Cause>& causes) {
    out += '[';
    for (std::size_t at = 0; at < causes.size(); ++at) {
        if (at > 0) out += ',';
        JsonObject cause(out);
        cause.text("code", to_string(causes[at].code));
        cause.text("sentence", causes[at].sentence);
        cause.key("rows");
        append_rows(out, causes[at].rows);
        cause.end();
    }
    out += ']';
}

/// What needs somebody is in red, what did not run in yellow.
std::string_view color_of(why::Code code, const Style& style) {
    switch (code) {
        case why::Code::ran:
            return style.good();
        case why::Code::failed:
        case why::Code::timed_out:
        case why::Code::killed:
        case why::Code::not_started:
        case why::Code::lost:
        case why::Code::stuck:
        case why::Code::undecided:
        case why::Code::broken:
            return style.error();
        case why::Code::running:
        case why::Code::claimed:
        case why::Code::will_run:
            return {};
        default:
            return style.warning();
    }
}

/// "execution 25c038d1", "revision r7 since 12 Nov 10:02"
std::string row_text(const why::Row& row, const times::ShortTimes& times) {
    constexpr std::size_t digits = 8;
    const std::string when = row.at ? times.text(*row.at) : std::string();
    switch (row.kind) {
        case why::Row::Kind::entry:
            return "execution " +
                   row.name.substr(row.name.size() - std::min(digits, row.name.size())) + " due " +
                   when;
        case why::Row::Kind::revision:
            return "revision " + row.name + " since " + when;
        case why::Row::Kind::note:
            return "note '" + row.name + "' of " + when;
        case why::Row::Kind::clock_step:
            return "step of the clock at " + when;
        case why::Row::Kind::watermark:
            return row.at ? "everything up to " + when + " is decided" : "nothing is decided yet";
        case why::Row::Kind::retention:
            return "rows are kept from " + when + " on";
        case why::Row::Kind::holder:
            return "the lock of the state directory";
        case why::Row::Kind::engine:
            return "what the scheduler knows now";
    }
    return {};
}

std::string as_one_line(std::string_view text) {
    return config::printable(text, std::string_view::npos);
}

}  // namespace

void append_json(std::string& out, const why::Answer& answer) {
    JsonObject object(out);
    object.text("job", answer.job);
    object.text("at", base::rfc3339(answer.at));
    object.text("tz", answer.zone);
    object.boolean("due", answer.is_due);
    if (answer.pass > 0) object.number("pass", answer.pass);
    if (answer.id) object.text("execution", answer.id->text());
    object.text("code", to_string(answer.code()));
    object.text("sentence", answer.sentence());
    object.key("causes");
    append_causes(out, answer.causes);
    if (answer.before) object.text("before", base::rfc3339(*answer.before));
    if (answer.after) object.text("after", base::rfc3339(*answer.after));
    if (!answer.next_step.empty()) object.text("next_step", answer.next_step);
    object.end();
}

void append_text(std::string& out, const why::Answer& answer, const zone::Zone* zone, WallTime now,
                 const Style& style) {
    const times::ShortTimes times(zone, now);
    out += style.strong();
    out += as_one_line(answer.job);
    out += style.plain();
    out += "  " + times.day(answer.at) + ' ' + times.time_of_day(answer.at);
    out += zone == nullptr ? " UTC  " : " " + zone->name() + "  ";
    const std::string_view color = color_of(answer.code(), style);
    out += color;
    out += to_string(answer.code());
    if (!color.empty()) out += style.plain();
    out += '\n';
    std::string rows;
    for (const why::Cause& cause : answer.causes) {
        out += "    " + as_one_line(cause.sentence) + '\n';
        for (const why::Row& row : cause.rows) {
            const std::string text = as_one_line(row_text(row, times));
            if (rows.find(text) == std::string::npos) rows += (rows.empty() ? "" : "; ") + text;
        }
    }
    if (!rows.empty()) out += "    rests on: " + rows + '\n';
    if (answer.before || answer.after) {
        out += "    due:";
        if (answer.before) out += " before that " + times.text(*answer.before);
        if (answer.after) {
            out +=
                std::string(answer.before ? "," : "") + " after that " + times.text(*answer.after);
        }
        out += '\n';
    }
    if (!answer.next_step.empty()) out += "    try: " + as_one_line(answer.next_step) + '\n';
}

}  // namespace quantum::cli
