#pragma once

#include "quantum/scheduler.hpp"
#include "quantum/storage/ledger.hpp"

#include "config/known_jobs.hpp"

namespace quantum {

/// By the definitions that are in force in a ledger; of what cannot be read nothing is known. The
/// ledger must outlive it.
[[nodiscard]] config::KnownJobs known_in(const Ledger& ledger);

/// By those of a scheduler that runs, which must outlive it.
[[nodiscard]] config::KnownJobs known_in(const Scheduler& scheduler);

}  // namespace quantum
