#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "quantum/storage/storage.hpp"

namespace quantum::storage {

/// Completes `earlier`, the attempts of `entry` with their own rows, by the one stored in the entry
/// itself: the only one of an execution that was never retried, or one in progress.
[[nodiscard]] inline std::vector<Attempt> with_latest_attempt(const Entry& entry,
                                                              std::vector<Attempt> earlier) {
    const bool ran = entry.outcome.has_value() || entry.state == EntryState::started;
    const bool waits = entry.state == EntryState::claimed;
    const bool has_row = !earlier.empty() && earlier.back().number >= entry.attempt;
    if (!ran || waits || has_row) return earlier;
    Attempt latest{.number = entry.attempt, .planned = entry.planned()};
    if (entry.attempt > 1) {
        latest.planned = entry.retry_at.value_or(entry.due);
    } else {
        latest.started_at = entry.started_at;
    }
    if (!entry.open()) {
        latest.ended_at = entry.ended_at;
        latest.outcome = entry.outcome;
    }
    earlier.push_back(std::move(latest));
    return earlier;
}

}  // namespace quantum::storage
