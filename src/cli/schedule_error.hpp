#pragma once

#include <string>

#include "quantum/schedule.hpp"

namespace quantum::cli {

/// Says why an expression is no schedule: as JSON on standard output, or in words on standard error
/// with the wrong part underlined. Returns the program's exit code.
[[nodiscard]] int print_schedule_error(const std::string& expression, bool json,
                                       const ScheduleError& error);

}  // namespace quantum::cli
