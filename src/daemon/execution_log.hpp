#pragma once

#include "quantum/telemetry.hpp"

#include "daemon/logger.hpp"

namespace quantum::daemon {

/// Logs what happens in a scheduler: one record at the start and one at the end of each execution,
/// one for each line of output, one for each due time that did not run.
///
/// A TelemetryListener: `scheduler.attach([&](const TelemetryEvent& event) { log(event); })`.
/// Thread-safety: as Logger.
class ExecutionLog {
public:
    explicit ExecutionLog(Logger& logger) : logger_(logger) {}

    void operator()(const TelemetryEvent& event) const;

private:
    void started(const TelemetryEvent& event) const;
    void ended(const TelemetryEvent& event) const;
    void output(const TelemetryEvent& event) const;
    void output_left_out(const TelemetryEvent& event) const;
    void skipped(const TelemetryEvent& event) const;

    Logger& logger_;
};

}  // namespace quantum::daemon
