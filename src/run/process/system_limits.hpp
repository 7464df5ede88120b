#pragma once

#include <vector>

#include "run/process/spawn.hpp"

namespace quantum::run {

/// The limits that the machine gives to what it starts, where this process, as root, has others:
/// those of the first process, so that what its own unit grants to the scheduler is not granted to
/// every job. Never more than this process has. Without those of open files, and of locked memory
/// no more than 8 MiB: systemd raises both for itself. Empty where this process is not root, is the
/// first one, or cannot see it.
[[nodiscard]] std::vector<SpawnLimit> system_limits();

}  // namespace quantum::run
