#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/rfc3339.hpp"
#include "cli/commands.hpp"
#include "cli/durations.hpp"
#include "cli/json_text.hpp"
#include "cli/moment_option.hpp"
#include "cli/number_text.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/run_setup.hpp"
#include "config/load.hpp"
#include "config/read_file.hpp"
#include "simulation/forecast.hpp"

namespace quantum::cli {
namespace {

using simulation::BusyInstant;
using simulation::Forecast;
using simulation::ForecastOptions;
using simulation::JobForecast;

constexpr std::size_t shown_jobs = 20;

std::string right(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::uint64_t all_skips(const Forecast& found) {
    std::uint64_t skips = 0;
    for (const auto& [reason, count] : found.skips) skips += count;
    return skips;
}

void print_totals(std::string& out, const Forecast& found) {
    const auto line = [&out](const char* what, std::uint64_t count, const std::string& note) {
        out += what + right(with_commas(count), 14) + (note.empty() ? "" : "   " + note) + '\n';
    };
    line("executions   ", found.executions, "");
    line("attempts     ", found.attempts,
         found.attempts > found.executions ? "including retries" : "");
    line("timed out    ", found.timed_out, "");
    line("overlaps     ", found.overlaps,
         found.overlaps > 0 ? "started while an earlier run of the job was open" : "");
    std::string reasons;
    for (const auto& [reason, count] : found.skips) {
        reasons += (reasons.empty() ? "" : ", ") + reason + ' ' + with_commas(count);
    }
    line("skips        ", all_skips(found), reasons);
    line("most at once ", found.peak, found.peak > 0 ? "at " + base::rfc3339(found.peak_at) : "");
    line("still running", found.still_running, "");
}

void print_worst(std::string& out, const Forecast& found) {
    if (found.worst.empty()) return;
    out += "\nworst instants          starts   running   jobs\n";
    for (const BusyInstant& instant : found.worst) {
        out += base::rfc3339(instant.at) + right(with_commas(instant.starts), 10) +
               right(with_commas(instant.running), 10) + "   ";
        for (std::size_t i = 0; i < instant.jobs.size(); ++i) {
            out += (i == 0 ? "" : ", ") + config::printable(found.jobs[instant.jobs[i]].name, 40);
        }
        out += instant.starts > instant.jobs.size() ? ", …\n" : "\n";
    }
}

/// Those in trouble first; of many jobs only some.
void print_jobs(std::string& out, const Forecast& found) {
    std::vector<const JobForecast*> jobs;
    for (const JobForecast& job : found.jobs) jobs.push_back(&job);
    std::stable_sort(jobs.begin(), jobs.end(), [](const JobForecast* a, const JobForecast* b) {
        return a->overlaps + a->skips > b->overlaps + b->skips;
    });
    out += "\nexecutions   attempts  timed out   overlaps      skips  most at once   job\n";
    for (std::size_t i = 0; i < std::min(jobs.size(), shown_jobs); ++i) {
        const JobForecast& job = *jobs[i];
        out += right(with_commas(job.executions), 10) + right(with_commas(job.attempts), 11) +
               right(with_commas(job.timed_out), 11) + right(with_commas(job.overlaps), 11) +
               right(with_commas(job.skips), 11) + right(with_commas(job.peak), 14) + "   " +
               config::printable(job.name) + '\n';
    }
    if (jobs.size() > shown_jobs) {
        out +=
            right("and " + with_commas(jobs.size() - shown_jobs) + " more; --json shows them all",
                  10) +
            '\n';
    }
}

void append_number(std::string& out, const char* key, std::uint64_t value) {
    out += std::string(",\"") + key + "\":" + std::to_string(value);
}

void print_json(std::string& out, const ForecastOptions& options, const Forecast& found) {
    out += "{\"from\":\"" + base::rfc3339(options.from) + "\",\"until\":\"" +
           base::rfc3339(options.until) + '"';
    append_number(out, "executions", found.executions);
    append_number(out, "attempts", found.attempts);
    append_number(out, "timed_out", found.timed_out);
    append_number(out, "overlaps", found.overlaps);
    out += ",\"skips\":{";
    const char* separator = "";
    for (const auto& [reason, count] : found.skips) {
        out += std::exchange(separator, ",");
        append_json(out, reason);
        out += ':' + std::to_string(count);
    }
    out += "},\"peak\":{\"running\":" + std::to_string(found.peak);
    out += found.peak > 0 ? ",\"at\":\"" + base::rfc3339(found.peak_at) + "\"}" : std::string("}");
    append_number(out, "still_running", found.still_running);
    out += ",\"worst\":[";
    separator = "";
    for (const BusyInstant& instant : found.worst) {
        out += std::exchange(separator, ",");
        out += "{\"at\":\"" + base::rfc3339(instant.at) + '"';
        append_number(out, "starts", instant.starts);
        append_number(out, "running", instant.running);
        out += '}';
    }
    out += "],\"jobs\":[";
    separator = "";
    for (const JobForecast& job : found.jobs) {
        out += std::exchange(separator, ",");
        out += "{\"name\":";
        append_json(out, job.name);
        append_number(out, "executions", job.executions);
        append_number(out, "attempts", job.attempts);
        append_number(out, "timed_out", job.timed_out);
        append_number(out, "overlaps", job.overlaps);
        append_number(out, "skips", job.skips);
        append_number(out, "peak", job.peak);
        out += '}';
    }
    out += "]}\n";
}

/// From when until when. The end is read as seen from the start: "7d" is a week of it.
Result<ForecastOptions> simulated_period(const SimulateOptions& options, const std::string& zone) {
    auto context = moment_context(zone, times::Tense::future);
    if (!context) return tl::unexpected(std::move(context).error());
    const auto from = moment_of("--from", options.from, PeriodSide::start, *context);
    if (!from) return tl::unexpected(from.error());
    if (*from) context->now = **from;
    const auto until = moment_of("--until", options.until, PeriodSide::end, *context);
    if (!until) return tl::unexpected(until.error());
    return ForecastOptions{.from = context->now, .until = until->value_or(context->now)};
}

/// Fills in how long runs take. False where the file cannot be used; that is said then.
bool read_durations(const std::string& path, const std::vector<Job>& jobs,
                    ForecastOptions& options) {
    const Result<std::string> text =
        path == "-" ? config::read_standard_input() : config::read_file(path);
    if (!text) {
        print_error(text.error().message);
        return false;
    }
    std::set<std::string, std::less<>> names;
    for (const Job& job : jobs) names.insert(job.name());
    Durations durations = parse_durations(*text, names);
    Output out(standard_error);
    for (const config::Diagnostic& problem : durations.problems) {
        out.text() += config::position(path == "-" ? "<standard input>" : path, problem) +
                      ": error: " + problem.message + '\n';
    }
    options.runs = std::move(durations.runs);
    options.other_runs = durations.others;
    return out.flush() && durations.problems.empty();
}

}  // namespace

int simulate(const SimulateOptions& options) {
    const auto setup = RunSetup::find(options.settings, options.config);
    if (!setup) {
        print_error("simulate: " + setup.error().message);
        return exit_usage;
    }
    if (refuse_config(*setup)) return exit_usage;
    Result<config::LoadOptions> load = load_options(*setup);
    if (!load) {
        print_error(load.error().message);
        return exit_usage;
    }
    const Result<ForecastOptions> period =
        simulated_period(options, setup->settings().tz.value_or(std::string()));
    if (!period) {
        print_error("simulate: " + period.error().message);
        return exit_usage;
    }
    ForecastOptions wanted = *period;
    if (wanted.until <= wanted.from) {
        print_error("simulate: --until " + base::rfc3339(wanted.until) +
                    " is not later than the start, " + base::rfc3339(wanted.from));
        return exit_usage;
    }
    load->trust = base::FileTrust::anybody;  // no command is started
    load->only_jobs = true;
    Result<std::vector<Job>> jobs = config::jobs_of(config::load_files(setup->files(), *load));
    if (!jobs) {
        print_error(jobs.error().message);
        return exit_failure;
    }
    if (!options.durations.empty() && !read_durations(options.durations, *jobs, wanted)) {
        return exit_failure;
    }
    Result<Forecast> found = [&] {
        Progress progress("simulating");
        const double length = std::chrono::duration<double>(wanted.until - wanted.from).count();
        wanted.progress = [&](WallTime reached) {
            progress.show(std::chrono::duration<double>(reached - wanted.from).count() / length);
        };
        return simulation::forecast(std::move(*jobs), wanted);
    }();
    if (!found) {
        print_error(found.error().message);
        return exit_failure;
    }
    Output out(standard_output);
    if (options.json) {
        print_json(out.text(), wanted, *found);
    } else {
        out.text() +=
            "from " + base::rfc3339(wanted.from) + " until " + base::rfc3339(wanted.until) + "\n\n";
        print_totals(out.text(), *found);
        print_worst(out.text(), *found);
        print_jobs(out.text(), *found);
    }
    return out.flush() ? exit_ok : exit_failure;
}

}  // namespace quantum::cli
