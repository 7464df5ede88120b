#pragma once

#include <optional>
#include <set>
#include <vector>

#include <sys/types.h>

#include "base/process.hpp"
#include "run/process/process_table.hpp"

namespace quantum::run {

/// A running process, and what it belongs to.
struct LivingCandidate {
    base::Process process;
    Belonging belonging;
};

/// All running processes except this one. What they belong to is determined only for processes of
/// `users`, and for at most 300 ms: other users' processes cost one small file each, whatever they
/// do, and nothing in their environments is believed.
///
/// A process in the middle of executing a program gives no information; all such processes together
/// are waited for up to 15 ms. None: it could not be determined. Not for the event loop.
[[nodiscard]] std::optional<std::vector<LivingCandidate>> living_processes(
    const std::set<uid_t>& users);

}  // namespace quantum::run
