#pragma once

#include <vector>

#include "quantum/telemetry.hpp"

#include "base/mutex.hpp"
#include "daemon/logger.hpp"

namespace quantum::daemon {

/// Logs what happens in a scheduler: one record at the start and one at the end of each execution,
/// one for each line of output, one for each due time that did not run. Keeps them until `begin`,
/// so that the record about the start of the scheduler comes first.
///
/// A TelemetryListener: `scheduler.attach([&](const TelemetryEvent& event) { log(event); })`.
/// Thread-safety: as Logger.
class ExecutionLog {
public:
    explicit ExecutionLog(Logger& logger) : logger_(logger) {}
    /// What is still kept is logged.
    ~ExecutionLog();
    ExecutionLog(const ExecutionLog&) = delete;
    ExecutionLog& operator=(const ExecutionLog&) = delete;

    void operator()(const TelemetryEvent& event) QUANTUM_EXCLUDES(mutex_);

    /// Logs the start of the scheduler, and then what has happened since.
    void begin(LogLine& start) QUANTUM_EXCLUDES(mutex_);

private:
    [[nodiscard]] LogLine started(const TelemetryEvent& event) const;
    [[nodiscard]] LogLine ended(const TelemetryEvent& event) const;
    [[nodiscard]] LogLine output(const TelemetryEvent& event) const;
    [[nodiscard]] LogLine output_left_out(const TelemetryEvent& event) const;
    [[nodiscard]] LogLine skipped(const TelemetryEvent& event) const;
    void write(LogLine line, bool may_wait) QUANTUM_EXCLUDES(mutex_);
    void write_kept() QUANTUM_REQUIRES(mutex_);

    Logger& logger_;
    base::Mutex mutex_;  // held while a kept line is logged: the logger's is taken after it
    bool has_begun_ QUANTUM_GUARDED_BY(mutex_) = false;
    std::vector<LogLine> kept_ QUANTUM_GUARDED_BY(mutex_);
};

}  // namespace quantum::daemon
