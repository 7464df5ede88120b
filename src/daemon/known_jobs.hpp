#pragma once

#include "quantum/scheduler.hpp"
#include "quantum/storage/ledger.hpp"

#include "config/known_jobs.hpp"

namespace quantum::daemon {

/// Looks up the current definitions in a ledger; unreadable ones count as unknown. The ledger must
/// outlive it.
[[nodiscard]] config::KnownJobs known_in(const Ledger& ledger);

/// Looks up the definitions of a running scheduler, which must outlive it.
[[nodiscard]] config::KnownJobs known_in(const Scheduler& scheduler);

}  // namespace quantum::daemon
