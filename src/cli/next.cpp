#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "quantum/schedule.hpp"

#include "base/rfc3339.hpp"
#include "cli/commands.hpp"
#include "cli/due_times.hpp"
#include "cli/json_text.hpp"
#include "cli/moment_option.hpp"
#include "cli/output.hpp"
#include "cli/schedule_error.hpp"
#include "cli/time_text.hpp"
#include "config/local_zone.hpp"
#include "zone/zone.hpp"

namespace quantum::cli {
namespace {

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) {
        text.append(width - text.size(), ' ');
    }
    return text;
}

/// One row a due time: weekday, local time with its offset, UTC.
void print_table(std::string& out, const Schedule& schedule, WallTime from, std::int64_t count) {
    if (schedule.is_reboot()) {
        out += "@reboot runs once when the scheduler starts; it has no due times\n";
        return;
    }
    const zone::Zone* zone = zone::Zone::named(schedule.zone_name());
    std::vector<std::pair<std::string, WallTime>> rows;
    std::size_t width = schedule.zone_name().size();
    each_due_time(schedule, from, count, [&](WallTime due) {
        const std::int64_t offset = offset_at(zone, due);
        rows.emplace_back(std::string(weekday_name(due, offset)) + ' ' + format_local(due, offset),
                          due);
        width = std::max(width, rows.back().first.size());
    });
    if (!rows.empty()) {
        out += padded(std::string(schedule.zone_name()), width) + "   UTC\n";
    }
    for (const auto& [local, due] : rows) {
        out += padded(local, width) + "   ";
        out += base::rfc3339(due);
        out += '\n';
    }
    if (static_cast<std::int64_t>(rows.size()) < count) {
        out += rows.empty() ? "no due time after " : "no further due time after ";
        out += base::rfc3339(rows.empty() ? from : rows.back().second);
        out += '\n';
    }
}

void print_json(std::string& out, const NextOptions& options, const Schedule& schedule,
                WallTime from) {
    out += "{\"expr\":";
    append_json(out, options.expression);
    out += ",\"dialect\":";
    append_json(out, to_string(options.dialect));
    out += ",\"tz\":";
    append_json(out, schedule.zone_name());
    out += ",\"from\":\"";
    out += base::rfc3339(from);
    out += "\",\"next\":[";
    const char* separator = "\"";
    each_due_time(schedule, from, options.count, [&out, &separator](WallTime due) {
        out += separator;
        out += base::rfc3339(due);
        out += '"';
        separator = ",\"";
    });
    out += "]}\n";
}

}  // namespace

int next(const NextOptions& options) {
    const auto schedule =
        parse_schedule(options.expression, {.dialect = options.dialect,
                                            .zone = config::zone_or_local(options.zone),
                                            .name = options.name,
                                            .days = options.days});
    if (!schedule) {
        return print_schedule_error(options.expression, options.json, schedule.error());
    }
    const Result<WallTime> from = start_of(options.from, options.zone);
    if (!from) {
        print_error(from.error().message);
        return from.error().code == ErrorCode::invalid_argument ? exit_usage : exit_failure;
    }
    Output out(standard_output);
    if (options.json) {
        print_json(out.text(), options, *schedule, *from);
    } else {
        print_table(out.text(), *schedule, *from, options.count);
    }
    return out.flush() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
