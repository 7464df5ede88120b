#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/job.hpp"

#include "daemon/daemon.hpp"

namespace quantum {

/// A file that is bad, and what goes on in its place.
struct BadFile {
    std::string path;
    std::string why;
    std::size_t kept = 0;   ///< jobs that go on as the ledger has them
    std::size_t taken = 0;  ///< where it has none: good ones of the file itself
};

/// What runs from a start on.
struct StartJobs {
    std::vector<Job> jobs{};
    std::vector<BadFile> bad{};
    std::unordered_set<std::string> kept{};  ///< names of jobs that are kept of bad files
    /// As whom jobs run that are kept of a bad file: it had allowed them when it was good.
    std::vector<std::string> users{};
};

/// Where each file stands for itself: a good one has its jobs; a bad one keeps, as a whole, what
/// the ledger has of it, and where that is nothing, its good jobs run. A file is bad too where a
/// job of it has the name of one that an earlier file has, as it reads or as it is kept, or of one
/// that no file defines.
/// `known`: the jobs of the ledger.
[[nodiscard]] StartJobs settle_start(std::vector<WantedFile> files, std::span<const JobRef> known);

/// The files that are bad by themselves, or for a job's name that one which no file defines has.
[[nodiscard]] std::vector<BadFile> bad_files(std::span<const WantedFile> files,
                                             std::span<const JobRef> known);

}  // namespace quantum
