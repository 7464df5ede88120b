#pragma once

#include <string>

#include "quantum/schedule.hpp"

namespace quantum::cli {

/// Reports why an expression is not a schedule: as JSON on standard output, or as text on standard
/// error with the wrong part underlined. Returns the exit code of the program.
[[nodiscard]] int print_schedule_error(const std::string& expression, bool json,
                                       const ScheduleError& error);

}  // namespace quantum::cli
