#pragma once

#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/scheduler.hpp"

#include "daemon/durable_state.hpp"
#include "daemon/logger.hpp"
#include "daemon/reconcile.hpp"
#include "daemon/start_jobs.hpp"
#include "zone/zone.hpp"

// Log records about the state.
namespace quantum::daemon {

/// The number of jobs, and which is due first according to the schedules.
void tell_jobs(LogLine& line, const std::vector<JobRef>& jobs, WallTime now);

/// The same for people: "1,204 jobs, next etl:load-orders 22:20:00".
[[nodiscard]] std::string jobs_sentence(const std::vector<JobRef>& jobs, WallTime now,
                                        const zone::Zone* zone);

/// What `systemctl status` shows: "1,204 jobs, 3 running, next etl:load-orders 22:20:00". Empty:
/// the scheduler does not answer.
[[nodiscard]] std::string status_sentence(const Scheduler& scheduler, const Clock& clock,
                                          const zone::Zone* zone);

/// The changes made by the files.
void tell_changes(LogLine& line, const FileChanges& changes);

/// The same for people: "2 added, 1 removed, 12 unchanged".
[[nodiscard]] std::string changes_sentence(const FileChanges& changes);

/// Warns if the time-zone data on disk is no longer the one in use.
void compare_zone_data(Logger& logger, const std::string& in_use);

/// Records which files are bad, for whoever asks for the status. `state`: null if there is none.
void tell_bad_files(DurableState* state, const std::vector<BadFile>& bad);

/// Logs one record about the whole (jobs, runs, next due time, watermark, and whether the storage
/// works), then one for each run in progress, up to a hundred. `state`: null if there is none.
void log_state(Logger& logger, const Clock& clock, const Scheduler& scheduler,
               const DurableState* state);

}  // namespace quantum::daemon
