// `quantum verify`: is the ledger sound, and was the promise kept?
#include "quantum/verify.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/storage/sqlite.hpp"

#include "base/rfc3339.hpp"
#include "cli/commands.hpp"
#include "cli/json_text.hpp"
#include "cli/ledger_history.hpp"
#include "cli/moment_option.hpp"
#include "cli/mutant.hpp"
#include "cli/now.hpp"
#include "cli/output.hpp"
#include "cli/state_directory.hpp"
#include "config/diagnostic.hpp"

namespace quantum::cli {
namespace {

/// Something that keeps the ledger from being judged at all.
int give_up(const VerifyOptions& options, const Error& error) {
    if (!options.json) {
        print_error(error.message);
        return exit_failure;
    }
    Output out(standard_output);
    JsonObject object(out.text());
    object.boolean("clean", false);
    object.text("error", error.message);
    object.end();
    out.text() += '\n';
    static_cast<void>(out.flush());
    return exit_failure;
}

void print_json(std::string& out, const verify::Report& report) {
    for (const verify::Finding& finding : report.findings) {
        JsonObject object(out);
        object.text("finding", to_string(finding.kind));
        if (!finding.job.empty()) object.text("job", finding.job);
        object.text("due", base::rfc3339(finding.due));
        if (finding.id) object.text("execution", finding.id->text());
        object.text("text", finding.text);
        object.end();
        out += '\n';
    }
    for (const std::string& unjudged : report.unjudged) {
        JsonObject object(out);
        object.text("unjudged", unjudged);
        object.end();
        out += '\n';
    }
    JsonObject object(out);
    object.boolean("clean", report.clean());
    object.number("findings", static_cast<std::int64_t>(report.findings.size() + report.more));
    object.number("jobs", static_cast<std::int64_t>(report.jobs));
    object.number("due_times", static_cast<std::int64_t>(report.due_times));
    object.number("entries", static_cast<std::int64_t>(report.entries));
    object.end();
    out += '\n';
}

/// Everything of one instant, while the scheduler goes on. Of what was due from `since` on.
Result<verify::Report> judge(const SqliteLedger& ledger, std::optional<WallTime> by_now,
                             std::optional<WallTime> since) {
    verify::Report report;
    const Status judged = ledger.at_one_instant([&](const Ledger& then) -> Status {
        auto history = history_of(then);
        if (!history) return tl::unexpected(std::move(history).error());
        history->now = by_now;
        if (since)
            history->retained_from = std::max(history->retained_from.value_or(*since), *since);
        auto found = verify::check(*history, then);
        if (!found) return tl::unexpected(std::move(found).error());
        report = std::move(*found);
        return {};
    });
    if (!judged) return tl::unexpected(judged.error());
    return report;
}

/// Whoever wrote the ledger names its jobs: none of it begins a line of its own.
verify::Report in_lines(verify::Report report) {
    const auto shown = [](std::string& text) { text = config::printable(text, std::string::npos); };
    for (verify::Finding& finding : report.findings) {
        shown(finding.job);
        shown(finding.text);
    }
    for (std::string& unjudged : report.unjudged) shown(unjudged);
    return report;
}

}  // namespace

int verify(const VerifyOptions& options) {
    const auto context = moment_context(options.zone, times::Tense::past);
    if (!context) return give_up(options, context.error());
    const auto since = moment_of("--since", options.since, PeriodSide::start, *context);
    if (!since) {
        print_error(since.error().message);
        return exit_usage;
    }
    const auto place = state_directory(options.state);
    if (!place) return give_up(options, place.error());
    const auto ledger = SqliteLedger::open(*place);
    if (!ledger) return give_up(options, ledger.error());
    if (const Status sound = (*ledger)->integrity_check();
        !sound && !mutated(CliMutant::pages_not_checked)) {
        return give_up(options, sound.error());
    }
    std::optional<WallTime> by_now;
    const Result<WallTime> before_reading = now();
    if (!before_reading) return give_up(options, before_reading.error());
    // A scheduler that runs and can store has by then decided what was due.
    if (const auto instance = instance_status(*place);
        instance && instance->is_held && !instance->is_degraded) {
        if (!mutated(CliMutant::live_scheduler_not_asked)) by_now = *before_reading;
    }
    const auto report = judge(**ledger, by_now, *since);
    if (!report) return give_up(options, report.error());
    Output out(standard_output);
    if (options.json) {
        print_json(out.text(), *report);
    } else {
        out.text() += "every page and index of the file is intact\n";
        out.text() += verify::to_text(in_lines(*report));
    }
    return out.flush() && (report->clean() || mutated(CliMutant::findings_are_success))
               ? exit_ok
               : exit_failure;
}

}  // namespace quantum::cli
