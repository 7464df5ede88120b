#pragma once

#include <vector>

#include "config/crontab_line.hpp"

namespace quantum::config {

/// Finds what cron accepts silently: variables and `~` that are not expanded, comments and further
/// assignments that become part of the value, names that are invalid in the shell, variables
/// without effect.
[[nodiscard]] std::vector<Finding> check_assignment(const AssignmentText& assignment);

}  // namespace quantum::config
