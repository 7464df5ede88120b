#pragma once

#include <chrono>

#include "quantum/clock.hpp"

namespace quantum::test {

/// The start of the minute with this number, counted from the epoch.
inline WallTime minute(int number) { return WallTime{std::chrono::minutes(number)}; }

}  // namespace quantum::test
