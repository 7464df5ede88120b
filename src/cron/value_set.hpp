#pragma once

#include <cstdint>

namespace quantum::cron {

/// Whether the set, with one bit per value, contains the value.
[[nodiscard]] constexpr bool holds(std::uint64_t set, std::uint32_t value) {
    return (set >> value & 1) != 0;
}

}  // namespace quantum::cron
