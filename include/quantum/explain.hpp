#pragma once

#include <string>

#include "quantum/schedule.hpp"

namespace quantum {

/// Explains a schedule in English, in one sentence and, where it may be surprising, a second one:
/// "At 09:30 from Monday to Friday, Europe/Zurich time."
///
/// Based on the meaning, not on the spelling: equal schedules have equal explanations. Everything
/// stated is true of every run; times are in the schedule's zone.
[[nodiscard]] std::string explain(const Schedule& schedule);

}  // namespace quantum
