#pragma once

#include <string>

#include "daemon/daemon.hpp"
#include "run/task_runner.hpp"

namespace quantum {

/// How a daemon's jobs are run. Raises this process's limit of descriptors and, where the process
/// is the daemon's own, settles in the control group that was handed to it: once, before any
/// thread.
[[nodiscard]] TaskRunnerOptions runner_options(const DaemonOptions& options,
                                               const std::string& node);

}  // namespace quantum
