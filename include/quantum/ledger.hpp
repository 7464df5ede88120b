#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "quantum/storage.hpp"

namespace quantum {

/// Which entries are asked for; what is not set does not restrict.
struct EntryQuery {
    std::optional<std::string> job;
    std::optional<WallTime> from;   ///< due at or after
    std::optional<WallTime> until;  ///< due before
    std::optional<EntryState> state;
    std::size_t limit = 1000;
};

/// History, read-only: a second interface that a small storage adapter can leave out.
///
/// Thread-safety: every method may be called from any thread, also while the scheduler commits.
class Ledger {
public:
    virtual ~Ledger() = default;

    /// The matching entries, oldest due time first; the newest of them where the limit cuts.
    [[nodiscard]] virtual Result<std::vector<Entry>> entries(const EntryQuery& query) const = 0;

protected:
    Ledger() = default;
    Ledger(const Ledger&) = default;
    Ledger& operator=(const Ledger&) = default;
};

}  // namespace quantum
