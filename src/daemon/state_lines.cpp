#include "daemon/state_lines.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"
#include "config/diagnostic.hpp"
#include "zone/data_version.hpp"

namespace quantum::daemon {
namespace {

constexpr std::size_t most_runs = 100;

struct NextDue {
    WallTime due;
    const Job* job;
};

std::optional<NextDue> next_due(const std::vector<JobRef>& jobs, WallTime now) {
    std::optional<NextDue> first;
    for (const JobRef& job : jobs) {
        if (!job->schedule() || job->state() != JobState::active) continue;
        const auto due = job->schedule()->next(now);
        if (due && (!first || *due < first->due)) first = NextDue{*due, job.get()};
    }
    return first;
}

std::string grouped(std::size_t count) {
    std::string text = std::to_string(count);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

std::string counted_jobs(std::size_t count) {
    return grouped(count) + (count == 1 ? " job" : " jobs");
}

/// ", next load 22:20:00", with the day if it is another.
std::string next_sentence(const NextDue& next, WallTime now, const zone::Zone* zone) {
    std::string text = ", next " + config::printable(next.job->name()) + ' ';
    const std::string day = day_text(next.due, zone);
    if (day != day_text(now, zone)) text += day + ' ';
    return text + time_of_day(next.due, zone, false);
}

std::int64_t signed_count(std::size_t count) { return static_cast<std::int64_t>(count); }

void tell_storage(LogLine& line, const DurableState& state) {
    if (const auto bounds = state.storage().bounds(); !bounds) {
        line.text("ledger_error", bounds.error().message);
    } else if (bounds->watermark) {
        line.text("decided_until", base::rfc3339(*bounds->watermark));
    }
    const auto instance = instance_status(state.directory());
    if (!instance || !instance->degraded_since) return;
    line.text("degraded_since", base::rfc3339(*instance->degraded_since))
        .text("why", instance->reason);
}

void log_runs(Logger& logger, const std::vector<OpenRun>& runs) {
    std::size_t running = 0;
    for (const OpenRun& run : runs) {
        if (!run.is_running || ++running > most_runs) continue;
        LogLine line = logger.line(LogLevel::info, "a run is in progress");
        line.text("job", run.job->name())
            .text("execution", run.id.text())
            .number("attempt", run.attempt)
            .text("due", base::rfc3339(run.due));
        if (run.is_stuck) line.text("stuck", "its timeout has passed");
        logger.write(line);
    }
    if (running <= most_runs) return;
    LogLine line = logger.line(LogLevel::info, "more runs are in progress");
    line.number("left_out", signed_count(running - most_runs));
    logger.write(line);
}

}  // namespace

void tell_jobs(LogLine& line, const std::vector<JobRef>& jobs, WallTime now) {
    line.number("jobs", signed_count(jobs.size()));
    if (const auto next = next_due(jobs, now)) {
        line.text("next_due", base::rfc3339(next->due)).text("next_job", next->job->name());
    }
}

std::string jobs_sentence(const std::vector<JobRef>& jobs, WallTime now, const zone::Zone* zone) {
    std::string text = counted_jobs(jobs.size());
    if (const auto next = next_due(jobs, now)) text += next_sentence(*next, now, zone);
    return text;
}

std::string status_sentence(const Scheduler& scheduler, const Clock& clock,
                            const zone::Zone* zone) {
    const auto jobs = scheduler.jobs();
    if (!jobs) return {};
    std::string text = counted_jobs(jobs->size());
    if (const auto runs = scheduler.task_registry().open()) {
        const auto running = std::count_if(runs->begin(), runs->end(),
                                           [](const OpenRun& run) { return run.is_running; });
        if (running > 0) text += ", " + grouped(static_cast<std::size_t>(running)) + " running";
    }
    const WallTime now = clock.wall_now();
    if (const auto next = next_due(*jobs, now)) text += next_sentence(*next, now, zone);
    return text;
}

void tell_changes(LogLine& line, const FileChanges& changes) {
    line.number("added", signed_count(changes.added))
        .number("changed", signed_count(changes.changed))
        .number("removed", signed_count(changes.removed))
        .number("unchanged", signed_count(changes.unchanged));
}

std::string changes_sentence(const FileChanges& changes) {
    std::string text;
    const auto add = [&text](std::size_t count, const char* what) {
        if (count == 0) return;
        text += (text.empty() ? "" : ", ") + grouped(count) + ' ' + what;
    };
    add(changes.added, "added");
    add(changes.changed, "changed");
    add(changes.removed, "removed");
    add(changes.unchanged, "unchanged");
    return text.empty() ? "no jobs" : text;
}

void compare_zone_data(Logger& logger, const std::string& in_use) {
    const std::string on_disk = zone::data_version();
    if (on_disk == in_use) return;
    LogLine line = logger.line(
        LogLevel::warning, "time-zone data on disk has changed; it takes effect after a restart");
    line.text("in_use", in_use).text("on_disk", on_disk);
    logger.write(line);
}

void tell_bad_files(DurableState* state, const std::vector<BadFile>& bad) {
    if (state == nullptr) return;
    std::vector<std::string> reasons;
    reasons.reserve(bad.size());
    for (const BadFile& file : bad) reasons.push_back(file.why);
    state->storage().tell_bad_files(std::move(reasons));
}

void log_state(Logger& logger, const Clock& clock, const Scheduler& scheduler,
               const DurableState* state) {
    LogLine line = logger.line(LogLevel::info, "state");
    if (const auto jobs = scheduler.jobs()) {
        tell_jobs(line, *jobs, clock.wall_now());
    } else {
        line.text("jobs_error", jobs.error().message);
    }
    const auto runs = scheduler.task_registry().open();
    if (runs) {
        const auto running = std::count_if(runs->begin(), runs->end(),
                                           [](const OpenRun& run) { return run.is_running; });
        line.number("running", running)
            .number("waiting", signed_count(runs->size()) - static_cast<std::int64_t>(running));
    }
    if (state != nullptr) tell_storage(line, *state);
    logger.write(line);
    if (runs) log_runs(logger, *runs);
}

}  // namespace quantum::daemon
