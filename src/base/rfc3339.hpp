#pragma once

#include <string>

#include "quantum/clock.hpp"

namespace quantum {

/// "2026-11-22T00:05:00Z"; a fraction only where there is one, in as many digits as it needs:
/// "…:00.25Z". Years before 0 carry a minus, years past 9999 as many digits as they need.
[[nodiscard]] std::string rfc3339(WallTime time);

}  // namespace quantum
