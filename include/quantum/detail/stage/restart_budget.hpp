#pragma once

#include <cstddef>
#include <deque>

#include "quantum/clock.hpp"

namespace quantum::detail {

/// Limits how many restarts there may be within a period. Not thread-safe.
class RestartBudget {
public:
    RestartBudget(std::size_t most, Duration period) : most_(most), period_(period) {}

    /// Counts a restart. False: it exceeds the limit.
    [[nodiscard]] bool take(BootTime now);
    void reset() { taken_.clear(); }

private:
    const std::size_t most_;
    const Duration period_;
    std::deque<BootTime> taken_;
};

}  // namespace quantum::detail
