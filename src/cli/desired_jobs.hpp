#pragma once

#include <string>
#include <vector>

#include "config/load.hpp"
#include "daemon/daemon.hpp"
#include "daemon/run_settings.hpp"

namespace quantum::cli {

/// What the files define, as the daemon takes it. `said` and `zone`, that of entries above any
/// CRON_TZ, decide what they mean.
[[nodiscard]] daemon::DesiredJobs desired_jobs(std::vector<config::LoadedFile> files,
                                               const daemon::RunSettings& said,
                                               const std::string& zone);

}  // namespace quantum::cli
