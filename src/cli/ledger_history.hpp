#pragma once

#include "quantum/storage/ledger.hpp"
#include "quantum/verify.hpp"

namespace quantum::cli {

/// The input of the checker apart from the entries. When the scheduler was not running, or was
/// knowingly late, is derived from the notes that it left.
[[nodiscard]] Result<verify::History> history_of(const Ledger& ledger);

}  // namespace quantum::cli
