#pragma once

#include <sys/types.h>

namespace quantum {

/// True if a process of the group still runs; zombies do not count. `kill(-group, 0)` cannot tell:
/// it goes on succeeding while only zombies are left. True as well where /proc cannot be read.
[[nodiscard]] bool group_has_living_members(pid_t group);

}  // namespace quantum
