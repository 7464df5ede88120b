#pragma once

#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/scheduler.hpp"

#include "daemon/durable_state.hpp"
#include "daemon/logger.hpp"
#include "daemon/reconcile.hpp"

// Log records about the state.
namespace quantum::daemon {

/// The number of jobs, and which is due first according to the schedules.
void tell_jobs(LogLine& line, const std::vector<JobRef>& jobs, WallTime now);

/// The changes made by the files.
void tell_changes(LogLine& line, const FileChanges& changes);

/// Warns if the time-zone data on disk is no longer the one in use.
void compare_zone_data(Logger& logger, const std::string& in_use);

/// Logs one record about the whole (jobs, runs, next due time, watermark, and whether the storage
/// works), then one for each run in progress, up to a hundred. `state`: null if there is none.
void log_state(Logger& logger, const Clock& clock, const Scheduler& scheduler,
               const DurableState* state);

}  // namespace quantum::daemon
