#include "daemon/execution_log.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"
#include "daemon/log_text.hpp"
#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

/// The name and the end of the ID, by which commands take it: people need no more.
std::string people_name(const Execution& execution) {
    constexpr std::size_t shown_digits = 8;
    const std::string id = execution.id.text();
    return execution.job->name() + ' ' + id.substr(id.size() - std::min(id.size(), shown_digits));
}

/// `began`: when the work did, or what stands in for it; none: it did not, or nobody knows.
void identify(LogLine& line, const Execution& execution, const std::optional<WallTime>& began) {
    line.text("job", execution.job->name())
        .text("execution", execution.id.text())
        .number("attempt", execution.attempt)
        .text("due", base::rfc3339(execution.due));
    if (began) line.duration("lateness", *began - execution.planned());
    if (execution.pass > 0) line.number("pass", execution.pass);
    if (execution.kind == ExecutionKind::manual) line.text("kind", "manual");
}

std::string sentence_of_start(const TelemetryEvent& event) {
    const Execution& execution = *event.execution;
    std::string text = people_name(execution);
    if (execution.attempt > 1) text += " attempt " + std::to_string(execution.attempt);
    text += execution.kind == ExecutionKind::manual ? " started by hand" : " started";
    text += ", " + brief(*event.started_at - execution.planned()) + " late";
    if (event.pid != 0) text += ", pid " + std::to_string(event.pid);
    return text;
}

std::string sentence_of_end(const TelemetryEvent& event) {
    const Outcome& outcome = *event.outcome;
    std::string text = people_name(*event.execution) + ' ' + std::string(to_string(outcome.kind));
    if (event.started_at) text += " after " + brief(outcome.duration);
    if (outcome.kind == OutcomeKind::succeeded) return text;
    if (!outcome.reason.empty()) return text + ": " + outcome.reason;
    if (outcome.signal != 0) return text + ": signal " + std::to_string(outcome.signal);
    return outcome.exit_code ? text + ": exit code " + std::to_string(*outcome.exit_code) : text;
}

}  // namespace

void ExecutionLog::operator()(const TelemetryEvent& event) {
    switch (event.kind) {
        case TelemetryKind::job_start:
            write(started(event), false);
            break;
        case TelemetryKind::job_stop:
        case TelemetryKind::job_exception:
            write(ended(event), false);
            break;
        case TelemetryKind::job_output:
            write(output(event), true);
            break;
        case TelemetryKind::job_output_left_out:
            write(output_left_out(event), true);
            break;
        case TelemetryKind::job_skip:
            write(skipped(event), false);
            break;
        default:
            break;
    }
}

void ExecutionLog::write(LogLine line, bool may_wait) {
    {
        const base::MutexLock lock(mutex_);
        if (!has_begun_ && !mutated(DaemonMutant::execution_before_the_start)) {
            kept_.push_back(std::move(line));
            return;
        }
    }
    if (may_wait) {
        logger_.defer(line);
    } else {
        logger_.write(line);
    }
}

ExecutionLog::~ExecutionLog() {
    const base::MutexLock lock(mutex_);
    write_kept();
}

void ExecutionLog::begin(LogLine& start) {
    const base::MutexLock lock(mutex_);
    has_begun_ = true;
    if (!kept_.empty()) start.set_time(std::min(start.time(), kept_.front().time()));
    logger_.write(start);
    write_kept();
}

void ExecutionLog::write_kept() {
    for (LogLine& line : kept_) logger_.write(line);
    kept_.clear();
}

LogLine ExecutionLog::started(const TelemetryEvent& event) const {
    LogLine line = logger_.line(event.time, LogLevel::info, "execution started");
    identify(line, *event.execution, event.started_at);
    // From the decision to the beginning of the work: jitter, a wait for a slot, the start itself.
    line.duration("queued", *event.started_at - event.execution->claimed_at);
    if (event.pid != 0) line.number("pid", event.pid);
    if (line.is_for_people()) line.sentence(sentence_of_start(event)).sign('>');
    return line;
}

LogLine ExecutionLog::ended(const TelemetryEvent& event) const {
    const Outcome& outcome = *event.outcome;
    const bool succeeded = outcome.kind == OutcomeKind::succeeded;
    LogLine line =
        logger_.line(event.time,
                     succeeded || mutated(DaemonMutant::failure_is_information) ? LogLevel::info
                                                                                : LogLevel::warning,
                     "execution ended");
    identify(line, *event.execution, event.started_at);
    if (event.started_at) line.duration("duration", outcome.duration);
    line.text("outcome", to_string(outcome.kind));
    if (outcome.signal != 0) {
        line.number("signal", outcome.signal);
    } else if (outcome.exit_code) {
        line.number("exit_code", *outcome.exit_code);
    }
    if (outcome.peak_memory != 0) {
        line.number("peak_memory", static_cast<std::int64_t>(outcome.peak_memory))
            .duration("cpu", outcome.cpu);
    }
    if (request_of(event.execution->job->task()) != nullptr && !outcome.result.empty()) {
        line.text("status", outcome.result);
    }
    if (!outcome.reason.empty()) line.text("reason", outcome.reason);
    if (line.is_for_people()) line.sentence(sentence_of_end(event)).sign(succeeded ? ' ' : '!');
    return line;
}

LogLine ExecutionLog::output(const TelemetryEvent& event) const {
    LogLine line = logger_.line(event.time, LogLevel::info, {});
    const bool is_output = event.channel == OutputChannel::standard_output;
    line.text("job", event.execution->job->name())
        .text("execution", event.execution->id.text())
        .text("channel", is_output ? "stdout" : "stderr");
    switch (logger_.style().format) {
        case LogFormat::text:
            line.sentence(event.execution->job->name() + (is_output ? " | " : " 2| ") +
                          std::string(event.text));
            break;
        case LogFormat::journal:
            line.sentence(event.text);
            break;
        default:
            line.bytes("line", event.text);
    }
    return line;
}

LogLine ExecutionLog::output_left_out(const TelemetryEvent& event) const {
    LogLine line =
        logger_.line(event.time, LogLevel::warning, "output too fast to be logged line by line");
    line.text("job", event.execution->job->name())
        .text("execution", event.execution->id.text())
        .text("left_out", event.text);
    return line;
}

LogLine ExecutionLog::skipped(const TelemetryEvent& event) const {
    LogLine line = logger_.line(event.time, LogLevel::warning, "execution skipped");
    WallTime due = event.due;
    if (event.execution != nullptr) {
        identify(line, *event.execution, event.time);
        due = event.execution->due;
    } else {
        if (event.job != nullptr) line.text("job", event.job->name());
        line.text("due", base::rfc3339(event.due)).duration("lateness", event.time - event.due);
    }
    line.text("reason", event.text);
    if (!line.is_for_people()) return line;
    const Job* const job = event.execution != nullptr ? event.execution->job.get() : event.job;
    return std::move(line.sentence((job == nullptr ? "a job" : job->name()) + " due " +
                                   time_of_day(due, logger_.style().zone, false) +
                                   " skipped: " + std::string(event.text))
                         .sign('.'));
}

}  // namespace quantum::daemon
