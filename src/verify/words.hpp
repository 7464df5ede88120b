#pragma once

#include <string>
#include <string_view>

#include "quantum/clock.hpp"
#include "quantum/storage/storage.hpp"

#include "verify/row.hpp"

// Text for instants, durations and states in findings.
namespace quantum::verify {

/// "2027-03-14 07:00:00Z", with microseconds where there are any.
[[nodiscard]] std::string words(WallTime instant);
/// "90 s", "2 h 5 min", "1.25 s".
[[nodiscard]] std::string words(Duration duration);
/// "succeeded", "skipped(overlap)" …
[[nodiscard]] std::string words(EntryState state, SkipReason reason);
[[nodiscard]] inline std::string words(const Entry& entry) {
    return words(entry.state, entry.reason);
}
[[nodiscard]] inline std::string words(const Row& row) { return words(row.state, row.reason); }

}  // namespace quantum::verify
