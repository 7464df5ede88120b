#pragma once

#include <string>

#include "config/known_jobs.hpp"

namespace quantum::cli {

/// The jobs of the ledger that `quantum run` would keep, by `state` as it is given to `--state`; it
/// is opened when it is first asked. Where there is none, or it cannot be read, nothing is known.
[[nodiscard]] config::KnownJobs known_jobs(const std::string& state);

}  // namespace quantum::cli
