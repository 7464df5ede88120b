#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/process.hpp"

namespace quantum::run {

/// All processes except this one. None: it could not be determined.
[[nodiscard]] std::optional<std::vector<base::Process>> read_processes();

/// What a process belongs to, according to the environment with which it was executed; empty if
/// that has no such variables or cannot be read (another user's process, and this process is not
/// root).
struct Belonging {
    std::string execution;  ///< QUANTUM_EXECUTION_ID
    std::string scheduler;  ///< QUANTUM_SCHEDULER, which children of earlier versions lack
};

/// None: it has no environment, or none yet; see `is_executing`.
[[nodiscard]] std::optional<Belonging> belonging_now(pid_t pid);

/// Whether it is in the middle of executing a program: the arguments and environment of the old one
/// are gone, and those of the new one are not there yet. A process can pretend this for as long as
/// it likes.
[[nodiscard]] bool is_executing(pid_t pid);

/// The process ID that it has for itself, which differs from the outside in a container. None if
/// there is no such process.
[[nodiscard]] std::optional<pid_t> innermost_pid(pid_t pid);

/// Its real user; none if there is no such process.
[[nodiscard]] std::optional<uid_t> user_of(pid_t pid);

}  // namespace quantum::run
