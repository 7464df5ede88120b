#pragma once

#include <functional>
#include <string>
#include <utility>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"
#include "quantum/scheduler.hpp"

#include "daemon/daemon.hpp"
#include "daemon/durable_state.hpp"
#include "daemon/file_watch.hpp"
#include "daemon/job_files.hpp"
#include "daemon/logger.hpp"
#include "daemon/main_events.hpp"
#include "server/engine.hpp"
#include "zone/data_version.hpp"

namespace quantum::daemon {

/// Reloads job files: reads them, changes the scheduler's jobs, and logs what became of it.
///
/// Owned by the daemon; used by its main thread only. All that it is given outlives it.
class Reloader {
public:
    /// `allow_accounts` lets jobs run as whom the files allow now.
    Reloader(Scheduler& scheduler, JobFiles& files, FileWatch& watch, MainEvents& events,
             const Clock& clock, Logger& logger, DurableState* state,
             std::function<void()> allow_accounts)
        : scheduler_(scheduler),
          files_(files),
          watch_(watch),
          events_(events),
          clock_(clock),
          logger_(logger),
          state_(state),
          allow_accounts_(std::move(allow_accounts)) {}

    /// Of all files, because somebody asks for it. `plan`: see `server::Engine::reload`. Errors
    /// have been logged.
    Result<server::ReloadReport> reload_all(const std::string& plan = {});
    /// Of those that have changed, if any have. If they are good but the change could not be
    /// stored, they are tried again a minute later.
    void reload_changed();

    /// Of a file that somebody has just changed through this program.
    void reload_one(const std::string& path);

private:
    struct Outcome {
        Result<server::ReloadReport> report;
        bool is_final = true;  ///< false: the files are good, and it failed all the same
    };
    Outcome reload(const FileScope& scope, const std::string& plan = {});
    /// Whether `plan` is the digest of what was read and of the jobs that the ledger has.
    [[nodiscard]] Result<bool> is_planned(const DesiredJobs& read, const std::string& plan) const;
    Outcome fail_with(Error error);

    Scheduler& scheduler_;
    JobFiles& files_;
    FileWatch& watch_;
    MainEvents& events_;
    const Clock& clock_;
    Logger& logger_;
    DurableState* const state_;  // none: nothing is stored
    const std::function<void()> allow_accounts_;
    const std::string zone_data_ = zone::data_version();
};

}  // namespace quantum::daemon
