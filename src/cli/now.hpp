#pragma once

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

namespace quantum::cli {

/// The current time of the system clock.
[[nodiscard]] Result<WallTime> now();

}  // namespace quantum::cli
