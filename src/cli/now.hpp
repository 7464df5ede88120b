#pragma once

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

namespace quantum::cli {

/// What the machine's clock shows.
[[nodiscard]] Result<WallTime> now();

}  // namespace quantum::cli
