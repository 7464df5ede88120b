#include "daemon/execution_log.hpp"

#include <optional>

#include "quantum/job.hpp"

#include "base/rfc3339.hpp"
#include "daemon/log_text.hpp"
#include "daemon/mutant.hpp"

namespace quantum::daemon {
namespace {

/// `began`: when the work did, or what stands in for it; none: it did not, or nobody knows.
void identify(LogLine& line, const Execution& execution, const std::optional<WallTime>& began) {
    line.text("job", execution.job->name())
        .text("execution", execution.id.text())
        .number("attempt", execution.attempt)
        .text("due", base::rfc3339(execution.due));
    if (began) line.text("lateness", human(*began - execution.planned()));
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
        case TelemetryKind::job_output_left_out:
            output_left_out(event);
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
    identify(line, *event.execution, event.started_at);
    // From the decision to the beginning of the work: jitter, a wait for a slot, the start itself.
    line.text("queued", human(*event.started_at - event.execution->claimed_at));
    if (event.pid != 0) line.number("pid", event.pid);
    logger_.write(line);
}

void ExecutionLog::ended(const TelemetryEvent& event) const {
    const Outcome& outcome = *event.outcome;
    const bool succeeded = outcome.kind == OutcomeKind::succeeded;
    LogLine line =
        logger_.line(event.time,
                     succeeded || mutated(DaemonMutant::failure_is_information) ? LogLevel::info
                                                                                : LogLevel::warning,
                     "execution ended");
    identify(line, *event.execution, event.started_at);
    if (event.started_at) line.text("duration", human(outcome.duration));
    line.text("outcome", to_string(outcome.kind));
    if (outcome.signal != 0) {
        line.number("signal", outcome.signal);
    } else if (outcome.exit_code) {
        line.number("exit_code", *outcome.exit_code);
    }
    if (outcome.peak_memory != 0) {
        line.number("peak_memory", static_cast<std::int64_t>(outcome.peak_memory))
            .text("cpu", human(outcome.cpu));
    }
    if (request_of(event.execution->job->task()) != nullptr && !outcome.result.empty()) {
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

void ExecutionLog::output_left_out(const TelemetryEvent& event) const {
    LogLine line =
        logger_.line(event.time, LogLevel::warning, "output too fast to be logged line by line");
    line.text("job", event.execution->job->name())
        .text("execution", event.execution->id.text())
        .text("left_out", event.text);
    logger_.defer(line);
}

void ExecutionLog::skipped(const TelemetryEvent& event) const {
    LogLine line = logger_.line(event.time, LogLevel::warning, "execution skipped");
    if (event.execution != nullptr) {
        identify(line, *event.execution, event.time);
    } else {
        if (event.job != nullptr) line.text("job", event.job->name());
        line.text("due", base::rfc3339(event.due)).text("lateness", human(event.time - event.due));
    }
    line.text("reason", event.text);
    logger_.write(line);
}

}  // namespace quantum::daemon
