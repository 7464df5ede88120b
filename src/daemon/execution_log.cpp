#include "daemon/execution_log.hpp"

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"
#include "daemon/log_text.hpp"

namespace quantum {
namespace {

void identify(LogLine& line, const TelemetryEvent& event) {
    const Execution& execution = *event.execution;
    line.text("job", execution.job->name())
        .text("execution", execution.id.text())
        .number("attempt", execution.attempt)
        .text("due", rfc3339(execution.due))
        .text("lateness", human(execution.lateness()));
    if (execution.pass > 0) line.number("pass", execution.pass);
    if (execution.kind == ExecutionKind::manual) line.text("kind", "manual");
}

}  // namespace

void ExecutionLog::operator()(const TelemetryEvent& event) const {
    switch (event.kind) {
        case TelemetryKind::job_start:
            started(event);
            break;
        case TelemetryKind::job_stop:
        case TelemetryKind::job_exception:
            ended(event);
            break;
        case TelemetryKind::job_output:
            output(event);
            break;
        case TelemetryKind::job_skip:
            skipped(event);
            break;
        default:
            break;
    }
}

void ExecutionLog::started(const TelemetryEvent& event) const {
    LogLine line = logger_.line(event.time, LogLevel::info, "execution started");
    identify(line, event);
    // From the decision to the running child: lateness ends where this begins.
    line.text("queued", human(event.time - event.execution->fired));
    if (event.pid != 0) line.number("pid", event.pid);
    logger_.write(line);
}

void ExecutionLog::ended(const TelemetryEvent& event) const {
    const Outcome& outcome = *event.outcome;
    const bool succeeded = outcome.kind == OutcomeKind::succeeded;
    LogLine line =
        logger_.line(event.time, succeeded ? LogLevel::info : LogLevel::warning, "execution ended");
    identify(line, event);
    line.text("duration", human(outcome.duration)).text("outcome", to_string(outcome.kind));
    if (std::holds_alternative<Command>(event.execution->job->task())) {
        if (outcome.signal != 0) {
            line.number("signal", outcome.signal);
        } else if (outcome.kind != OutcomeKind::lost) {
            line.number("exit_code", outcome.exit_code);
        }
    }
    if (std::holds_alternative<HttpRequest>(event.execution->job->task()) &&
        !outcome.result.empty()) {
        line.text("status", outcome.result);
    }
    if (!outcome.reason.empty()) line.text("reason", outcome.reason);
    logger_.write(line);
}

void ExecutionLog::output(const TelemetryEvent& event) const {
    LogLine line = logger_.line(event.time, LogLevel::info, {});
    line.text("job", event.execution->job->name())
        .text("execution", event.execution->id.text())
        .text("channel", event.channel == OutputChannel::standard_output ? "stdout" : "stderr")
        .bytes("line", event.text);
    logger_.defer(line);
}

void ExecutionLog::skipped(const TelemetryEvent& event) const {
    LogLine line = logger_.line(event.time, LogLevel::warning, "execution skipped");
    if (event.execution != nullptr) {
        identify(line, event);
    } else {
        if (event.job != nullptr) line.text("job", event.job->name());
        line.text("due", rfc3339(event.due)).text("lateness", human(event.time - event.due));
    }
    line.text("reason", event.text);
    logger_.write(line);
}

}  // namespace quantum
