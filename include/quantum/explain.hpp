#pragma once

#include <string>

#include "quantum/schedule.hpp"

namespace quantum {

/// The schedule in English, one sentence and, where something may surprise, a second one:
/// "At 09:30 from Monday to Friday, Europe/Zurich time."
///
/// Said from what was read, not from how it was written: equal schedules have equal sentences. All
/// that is said holds for every run; times are those of the schedule's zone.
[[nodiscard]] std::string explain(const Schedule& schedule);

}  // namespace quantum
