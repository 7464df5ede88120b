#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "quantum/result.hpp"
#include "quantum/storage/sqlite.hpp"

namespace quantum::cli {

/// The state directory: the one requested, or else QUANTUM_STATE, STATE_DIRECTORY (set by systemd),
/// $XDG_STATE_HOME/quantum, or by default /var/lib/quantum for root and ~/.local/state/quantum for
/// others. Empty variables count as unset. Fails with `invalid_argument` if none of these is set
/// and there is no home directory.
[[nodiscard]] Result<std::filesystem::path> state_directory(const std::string& asked);

/// Opens the ledger there for reading. Also fails with the errors of `SqliteLedger::open`.
[[nodiscard]] Result<std::unique_ptr<SqliteLedger>> open_ledger(const std::string& asked);

}  // namespace quantum::cli
