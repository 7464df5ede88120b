#pragma once

#include <string>
#include <vector>

#include "config/crontab_line.hpp"

namespace quantum::config {

/// Something in an assignment that does not do what it seems to say.
struct AssignmentWarning {
    Slice where;
    std::string message;
};

/// What cron takes in silence: variables and `~` that nobody expands, comments and further
/// assignments that become part of the value, names no shell can read, variables without effect.
[[nodiscard]] std::vector<AssignmentWarning> check_assignment(const AssignmentText& assignment);

}  // namespace quantum::config
