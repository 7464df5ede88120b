#pragma once

#include <algorithm>
#include <chrono>

#include "quantum/clock.hpp"

namespace quantum::scheduler {

/// The pause between two attempts to store something after a failure.
constexpr Duration first_pause = std::chrono::milliseconds(100);
constexpr Duration longest_pause = std::chrono::seconds(5);

/// The pause after one of `last`; zero: there was none yet.
[[nodiscard]] constexpr Duration next_pause(Duration last) {
    return std::clamp(last * 2, first_pause, longest_pause);
}

}  // namespace quantum::scheduler
