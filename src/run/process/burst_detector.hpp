#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "quantum/clock.hpp"

namespace quantum {

/// Whether events come so thick that it is cheaper to look after all of them every few
/// milliseconds than after each at once: a level that each event raises and time lowers.
///
/// A command that says a line and ends is four events; no such one comes near it alone.
class BurstDetector {
public:
    static constexpr auto rest = std::chrono::milliseconds(4);

    void saw(std::size_t events, BootTime now) {
        const auto drained = static_cast<std::uint64_t>(
            std::max<std::int64_t>((now - at_).count(), 0) / lowered_every.count());
        if (drained > 0) at_ = now;  // a little time is not forgotten
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

}  // namespace quantum
