#pragma once

#include <string>

#include "config/known_jobs.hpp"

namespace quantum::cli {

/// The jobs in the ledger that `quantum run` would keep, with `state` as given to `--state`. The
/// ledger is opened on first use; if there is none or it cannot be read, nothing is known.
[[nodiscard]] config::KnownJobs known_jobs(const std::string& state);

}  // namespace quantum::cli
