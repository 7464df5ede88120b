#pragma once

#include <string>

#include "daemon/daemon.hpp"
#include "run/task_runner.hpp"

namespace quantum::daemon {

/// How a daemon's jobs are run. Raises this process's limit of open descriptors and, if the process
/// belongs to the daemon, moves into the control group delegated to it. Called once, before any
/// thread is started.
[[nodiscard]] run::TaskRunnerOptions runner_options(const DaemonOptions& options,
                                                    const std::string& node);

}  // namespace quantum::daemon
