#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/job.hpp"

#include "daemon/daemon.hpp"
#include "run/process/identity.hpp"

namespace quantum::daemon {

/// A bad file, and what is used instead.
struct BadFile {
    std::string path;
    std::string why;
    std::size_t kept = 0;   ///< jobs kept as in the ledger
    std::size_t taken = 0;  ///< if it has none: good ones from the file itself
};

/// The jobs that run after a start.
struct StartJobs {
    std::vector<Job> jobs{};
    std::vector<BadFile> bad{};
    std::unordered_set<std::string> kept{};  ///< names of jobs kept for bad files
    /// The users and groups of jobs kept for a bad file, which had allowed them when it was good.
    run::AllowedAccounts allowed{};
};

/// Handles each file separately: a good one has its jobs; for a bad one, everything that the ledger
/// has from it is kept, or if there is nothing, its good jobs run. For a bad directory, everything
/// from any file in it is kept. A file is also bad if one of its jobs has the same name as a job in
/// an earlier file, as read or as kept, or as a job that no file defines. `known`: the jobs in the
/// ledger.
[[nodiscard]] StartJobs settle_start(std::vector<WantedFile> files, std::span<const JobRef> known);

/// The files that are bad by themselves, or because of a name used by another job: one of `known`
/// that no file defines, or any of `others`, the jobs of files that are not read this time.
[[nodiscard]] std::vector<BadFile> bad_files(std::span<const WantedFile> files,
                                             std::span<const JobRef> known,
                                             std::span<const JobRef> others = {});

/// One way to write the path of a file, so that "./jobs" and "jobs" are one file.
[[nodiscard]] std::string plain_path(const std::string& path);

}  // namespace quantum::daemon
