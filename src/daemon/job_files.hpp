#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/job_changes.hpp"
#include "quantum/result.hpp"
#include "quantum/storage/storage.hpp"

#include "config/known_jobs.hpp"
#include "daemon/daemon.hpp"
#include "daemon/logger.hpp"
#include "daemon/reconcile.hpp"
#include "daemon/start_jobs.hpp"
#include "run/process/identity.hpp"

namespace quantum::daemon {

/// Compares the job files of a daemon with the existing jobs: at a start each file separately, at a
/// reload all or none. Logs which files are bad and what is used instead.
///
/// Thread-safety: none; used by one thread.
class JobFiles {
public:
    JobFiles(const DaemonOptions& options, Logger& logger) : options_(options), logger_(logger) {}

    /// Reads them for a start. Returns false if the start must fail; the log says why. `known` is
    /// empty if there is no ledger; files that yield no job at all then end the start here, before
    /// a ledger is created.
    [[nodiscard]] bool read(const config::KnownJobs& known);
    /// The changes to the stored jobs at a start. Error: neither files nor ledger yield a job, or a
    /// file is bad although none may be.
    [[nodiscard]] Result<JobChanges> at_start(std::span<const StoredJob> stored,
                                              StartReason reason);
    /// A summary of these changes.
    [[nodiscard]] const FileChanges& brought() const { return brought_; }

    /// The changes to `jobs` at a reload of these files. Error: one of them is bad, or `agrees`
    /// returns one for what was read, and nothing must be changed. `agrees`, if given, compares it
    /// with what was planned: see `plan_digest`.
    [[nodiscard]] Result<FileChanges> at_reload(
        std::span<const JobRef> jobs, const config::KnownJobs& known, const FileScope& scope = {},
        const std::function<Status(const DesiredJobs&)>& agrees = {});
    /// Ends a reload: what was read last takes effect or is discarded.
    void end_reload(bool is_done);

    /// Whom jobs may run as, according to what is in effect and what was read last.
    [[nodiscard]] run::AllowedAccounts allowed() const;
    [[nodiscard]] const TagLimits& tag_concurrency() const { return holds_.tag_concurrency; }
    [[nodiscard]] const std::vector<BadFile>& bad() const { return bad_; }
    /// Logs one record per bad file.
    void log_bad() const;

private:
    /// The contents of files apart from the jobs themselves, which are in the scheduler.
    struct Words {
        run::AllowedAccounts allowed{};
        TagLimits tag_concurrency{};
        /// Names of jobs that they deactivate.
        std::set<std::string, std::less<>> inactive{};
    };

    [[nodiscard]] static Words words_of(const DesiredJobs& wanted);
    /// The contents that are in effect after a reload of some files, of which `wanted` was read.
    [[nodiscard]] Words words_with(const DesiredJobs& wanted, std::span<const JobRef> before) const;

    /// Whether a start must fail because of a bad file.
    [[nodiscard]] bool is_too_bad() const;

    const DaemonOptions& options_;
    Logger& logger_;
    std::set<std::string> alone_;  // paths of files that must not hinder a start
    DesiredJobs wanted_;           // read, but not yet in effect
    Words holds_;
    Words read_;
    FileChanges brought_;
    std::vector<BadFile> bad_;
};

}  // namespace quantum::daemon
