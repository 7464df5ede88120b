#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "quantum/clock.hpp"

namespace quantum::run {

/// Detects whether events arrive so frequently that handling all of them every few milliseconds is
/// cheaper than handling each at once: a level that each event raises and time lowers.
///
/// A command that prints a line and ends causes four events, and does not come close to the limit
/// on its own.
class BurstDetector {
public:
    static constexpr auto rest = std::chrono::milliseconds(4);

    void saw(std::size_t events, BootTime now) {
        const auto drained = static_cast<std::uint64_t>(
            std::max<std::int64_t>((now - at_).count(), 0) / lowered_every.count());
        if (drained > 0) at_ = now;  // short intervals are not lost
        level_ = std::min(level_ - std::min(level_, drained) + events, highest);
    }

    [[nodiscard]] bool is_on() const { return level_ >= high; }

private:
    static constexpr Duration lowered_every = std::chrono::milliseconds(1);
    static constexpr std::uint64_t high = 32;
    static constexpr std::uint64_t highest = 48;

    BootTime at_{};
    std::uint64_t level_ = 0;
};

}  // namespace quantum::run
