#pragma once

#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/scheduler.hpp"

#include "daemon/durable_state.hpp"
#include "daemon/logger.hpp"
#include "daemon/reconcile.hpp"

// What the log says of how things stand.
namespace quantum {

/// How many jobs there are, and which is due first as far as schedules alone can tell.
void tell_jobs(LogLine& line, const std::vector<JobRef>& jobs, WallTime now);

/// What the files have brought.
void tell_changes(LogLine& line, const FileChanges& changes);

/// A warning if the zone data on disk is no longer the one in use.
void compare_zone_data(Logger& logger, const std::string& in_use);

/// A line about the whole: jobs, runs, what is due next, up to where all is decided and whether
/// that can be stored; then one for each run under way, up to a hundred. `state`: null for none.
void log_state(Logger& logger, const Clock& clock, const Scheduler& scheduler,
               const DurableState* state);

}  // namespace quantum
