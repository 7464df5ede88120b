#pragma once

#include "quantum/storage/ledger.hpp"
#include "quantum/verify.hpp"

namespace quantum::cli {

/// What the checker looks at besides the entries. When the scheduler did not run, or was late and
/// knew it, is taken from the notes that it left.
[[nodiscard]] Result<verify::History> history_of(const Ledger& ledger);

}  // namespace quantum::cli
