#pragma once

#include "quantum/result.hpp"
#include "quantum/schedule.hpp"

namespace quantum::model {

/// What the text of a literal means in the dialect it was written in, with these options otherwise.
/// Errors: an unknown zone; a day rule by which it would never be due.
[[nodiscard]] Result<Schedule> schedule_of(const CronExpression& literal,
                                           const ScheduleOptions& options);

}  // namespace quantum::model
