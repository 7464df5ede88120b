#pragma once

#include <string>

#include "quantum/storage/ledger.hpp"

namespace quantum::cli {

/// "no job 'bakup' is in this ledger; did you mean 'backup', 'backup-old' or 'bar'?": with at most
/// three names that are close.
[[nodiscard]] std::string unknown_job(const std::string& name, const Ledger& ledger);

}  // namespace quantum::cli
