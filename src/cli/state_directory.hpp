#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "quantum/result.hpp"
#include "quantum/storage/sqlite.hpp"

namespace quantum::cli {

/// The state directory: what was asked for, else QUANTUM_STATE, STATE_DIRECTORY (as systemd sets
/// it), $XDG_STATE_HOME/quantum, and without these /var/lib/quantum for root and
/// ~/.local/state/quantum for others. Empty variables count as unset. Error: `invalid_argument`
/// where nothing of that is set and there is no home directory.
[[nodiscard]] Result<std::filesystem::path> state_directory(const std::string& asked);

/// The ledger there, to be read. Errors: besides, as of `SqliteLedger::open`.
[[nodiscard]] Result<std::unique_ptr<SqliteLedger>> open_ledger(const std::string& asked);

}  // namespace quantum::cli
