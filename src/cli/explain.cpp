#include "quantum/explain.hpp"

#include <algorithm>
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

/// One run: the instant, and what the clock of the schedule's zone shows.
struct Run {
    WallTime due;
    std::string local;
};

std::vector<Run> next_runs(const Schedule& schedule, WallTime from) {
    const zone::Zone* zone = zone::Zone::named(schedule.zone_name());
    std::vector<Run> runs;
    each_due_time(schedule, from, default_count, [&](WallTime due) {
        const auto since = std::chrono::floor<std::chrono::seconds>(due).time_since_epoch();
        const std::int64_t offset = zone == nullptr ? 0 : zone->window_at(since.count())->offset;
        runs.push_back(
            {due, std::string(weekday_name(due, offset)) + ' ' + format_local(due, offset)});
    });
    return runs;
}

void print_text(std::string& out, const Schedule& schedule, const std::vector<Run>& runs,
                WallTime from) {
    out += quantum::explain(schedule);
    out += '\n';
    if (schedule.is_reboot()) {
        return;
    }
    out += '\n';
    for (const Run& run : runs) {
        out += "  " + run.local + '\n';
    }
    if (std::cmp_less(runs.size(), default_count)) {
        out += runs.empty() ? "  no run after " : "  no further run after ";
        out += base::rfc3339(runs.empty() ? from : runs.back().due);
        out += '\n';
    }
}

void print_json(std::string& out, const ExplainOptions& options, const Schedule& schedule,
                const std::vector<Run>& runs, WallTime from) {
    out += "{\"expr\":";
    append_json(out, options.expression);
    out += ",\"dialect\":";
    append_json(out, to_string(options.dialect));
    out += ",\"tz\":";
    append_json(out, schedule.zone_name());
    out += ",\"text\":";
    append_json(out, quantum::explain(schedule));
    out += ",\"from\":\"" + base::rfc3339(from) + "\",\"next\":[";
    for (const Run& run : runs) {
        if (out.back() == '}') {
            out += ',';
        }
        out += "{\"utc\":\"" + base::rfc3339(run.due) + "\",\"local\":\"" + run.local + "\"}";
    }
    out += "]}\n";
}

}  // namespace

int explain(const ExplainOptions& options) {
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
    const std::vector<Run> runs = next_runs(*schedule, *from);
    Output out(standard_output);
    if (options.json) {
        print_json(out.text(), options, *schedule, runs, *from);
    } else {
        print_text(out.text(), *schedule, runs, *from);
    }
    return out.flush() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
