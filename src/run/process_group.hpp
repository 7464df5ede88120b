#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <sys/types.h>

#include "base/file_descriptor.hpp"

namespace quantum {

/// Pidfds of at most `most` processes of the group that still run; zombies do not count. Empty:
/// none runs. Nothing: it could not be found out.
///
/// `kill(-group, 0)` cannot tell: it goes on succeeding while only zombies are left.
[[nodiscard]] std::optional<std::vector<FileDescriptor>> living_members(pid_t group,
                                                                        std::size_t most);

}  // namespace quantum
