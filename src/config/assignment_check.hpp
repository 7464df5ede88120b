#pragma once

#include <vector>

#include "config/crontab_line.hpp"

namespace quantum::config {

/// What cron takes in silence: variables and `~` that nobody expands, comments and further
/// assignments that become part of the value, names no shell can read, variables without effect.
[[nodiscard]] std::vector<Finding> check_assignment(const AssignmentText& assignment);

}  // namespace quantum::config
