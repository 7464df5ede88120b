#pragma once

#include <string>

#include "quantum/clock.hpp"

namespace quantum::base {

/// "2026-11-22T00:05:00Z"; with a fraction only if it is not zero, in as many digits as necessary:
/// "…:00.25Z". Years before 0 have a minus sign, years after 9999 as many digits as they need.
[[nodiscard]] std::string rfc3339(WallTime time);

}  // namespace quantum::base
