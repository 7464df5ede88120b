#pragma once

#include <string>
#include <vector>

#include "config/load.hpp"
#include "daemon/daemon.hpp"

namespace quantum::cli {

/// What decides what files mean, besides themselves.
struct ReadAs {
    bool system = false;
    bool new_privileges = false;
    std::string zone{};
    std::vector<std::string> pass_env{};
};

/// What the files define, as the daemon takes it.
[[nodiscard]] daemon::DesiredJobs desired_jobs(std::vector<config::LoadedFile> files,
                                               const ReadAs& read_as);

}  // namespace quantum::cli
