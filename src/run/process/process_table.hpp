#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/process.hpp"

namespace quantum {

/// Every process there is but this one. Nothing: it could not be found out.
[[nodiscard]] std::optional<std::vector<Process>> read_processes();

/// What a process belongs to by the environment it was executed with; empty where that does not say
/// so or cannot be read (somebody else's, and this process is not root).
struct Belonging {
    std::string execution;  ///< QUANTUM_EXECUTION_ID
    std::string scheduler;  ///< QUANTUM_SCHEDULER, which children of earlier versions lack
};

/// None: it has no environment, or none yet; see `is_executing`.
[[nodiscard]] std::optional<Belonging> belonging_now(pid_t pid);

/// Whether it is between two programs: the arguments and the environment of the old one are gone,
/// those of the new one not there yet. A process can pretend that for as long as it likes.
[[nodiscard]] bool is_executing(pid_t pid);

/// The number that it has itself for itself: in a container another than from outside. None where
/// there is no such process.
[[nodiscard]] std::optional<pid_t> innermost_pid(pid_t pid);

/// Its real user; none where there is no such process.
[[nodiscard]] std::optional<uid_t> user_of(pid_t pid);

}  // namespace quantum
