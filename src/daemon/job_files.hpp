#pragma once

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

namespace quantum {

/// The job files of a daemon, held against the jobs there are: at its start each for itself, at a
/// reload all or none. Says in the log which are bad and what goes on in their place.
///
/// Thread-safety: none; one thread has it.
class JobFiles {
public:
    JobFiles(const DaemonOptions& options, Logger& logger) : options_(options), logger_(logger) {}

    /// Reads them for a start. False: there is none, and the log has said why. `known` is empty
    /// where there is no ledger to ask; then files that give no job at all end the start here,
    /// before a ledger is made.
    [[nodiscard]] bool read(const config::KnownJobs& known);
    /// What a start changes of the stored jobs. Error: neither files nor ledger give a job, or a
    /// file is bad and none may be.
    [[nodiscard]] Result<JobChanges> at_start(std::span<const StoredJob> stored,
                                              StartReason reason);
    /// How much that was.
    [[nodiscard]] const FileChanges& brought() const { return brought_; }

    /// What a reload changes of `jobs`. Error: a file is bad, and nothing is to be changed.
    [[nodiscard]] Result<FileChanges> at_reload(std::span<const JobRef> jobs,
                                                const config::KnownJobs& known);
    /// What was read last holds from now on, or is forgotten.
    void end_reload(bool is_done);

    /// As whom jobs may run, by what holds and by what was read last.
    [[nodiscard]] std::vector<std::string> users() const;
    [[nodiscard]] const TagLimits& tag_concurrency() const { return holds_.tag_concurrency; }
    [[nodiscard]] const std::vector<BadFile>& bad() const { return bad_; }
    /// A line each.
    void log_bad() const;

private:
    /// What files say apart from the jobs themselves, which the scheduler has.
    struct Words {
        std::vector<std::string> users{};
        TagLimits tag_concurrency{};
        /// Names of jobs that they switch off.
        std::set<std::string, std::less<>> inactive{};
    };

    [[nodiscard]] static Words words_of(const DesiredJobs& wanted);

    const DaemonOptions& options_;
    Logger& logger_;
    DesiredJobs wanted_;  // read and not yet taken
    Words holds_;
    Words read_;
    FileChanges brought_;
    std::vector<BadFile> bad_;
};

}  // namespace quantum
