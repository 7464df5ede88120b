#pragma once

#include <optional>
#include <set>
#include <vector>

#include <sys/types.h>

#include "base/process.hpp"
#include "run/process/process_table.hpp"

namespace quantum {

/// A process that runs, and what it belongs to.
struct LivingCandidate {
    Process process;
    Belonging belonging;
};

/// Every process that runs but this one. What it belongs to is asked only of processes of `users`,
/// and for 300 ms at most: what others run costs one small file each, whatever they do, and nothing
/// that they name in their environments is believed.
///
/// One that is between two programs says nothing; all such ones together are waited for up to 15
/// ms. Nothing: it could not be found out. Not for the event loop.
[[nodiscard]] std::optional<std::vector<LivingCandidate>> living_processes(
    const std::set<uid_t>& users);

}  // namespace quantum
