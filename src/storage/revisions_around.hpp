#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "quantum/clock.hpp"

namespace quantum::storage {

/// While a definition was in force.
struct Period {
    WallTime from;
    std::optional<WallTime> until;  ///< none: it is current
};

/// Implements `Ledger::revisions_around`: which of these are wanted, in order.
[[nodiscard]] inline std::vector<std::size_t> revisions_around(const std::vector<Period>& periods,
                                                               WallTime from, WallTime until) {
    std::vector<bool> wanted(periods.size());
    for (std::size_t at = 0; at < periods.size(); ++at) {
        const Period& period = periods[at];
        const bool is_over = period.until && *period.until < from;
        const bool is_later = period.from > until;
        // With its neighbours; between two of them nothing may be in force.
        if (!is_over && !is_later) {
            wanted[at] = true;
            if (at > 0) wanted[at - 1] = true;
            if (at + 1 < periods.size()) wanted[at + 1] = true;
        } else if (is_later && (at == 0 || !wanted[at - 1])) {
            wanted[at] = true;
            if (at > 0) wanted[at - 1] = true;
            break;
        }
    }
    if (!wanted.empty()) wanted.front() = wanted.back() = true;
    std::vector<std::size_t> found;
    for (std::size_t at = 0; at < wanted.size(); ++at) {
        if (wanted[at]) found.push_back(at);
    }
    return found;
}

}  // namespace quantum::storage
