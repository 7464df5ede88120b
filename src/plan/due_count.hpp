#pragma once

#include <cstdint>

#include "quantum/schedule.hpp"

namespace quantum::plan {

/// How many due times a schedule has from `from` (inclusive) to `until` (exclusive), without
/// enumerating them where their number follows from the fields and the days.
[[nodiscard]] std::uint64_t count_due_times(const Schedule& schedule, WallTime from,
                                            WallTime until);

}  // namespace quantum::plan
