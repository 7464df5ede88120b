#pragma once

#include <span>

#include "quantum/storage/storage.hpp"

#include "daemon/daemon.hpp"
#include "plan/digest.hpp"

namespace quantum::daemon {

/// Of the files as they were read, and the jobs that they are compared with. `quantum plan` shows
/// it; a reload that is given it changes nothing if it is another by then.
[[nodiscard]] plan::Digest plan_digest(const DesiredJobs& wanted, std::span<const StoredJob> known);

}  // namespace quantum::daemon
