#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/file_descriptor.hpp"

namespace quantum {

/// By what the processes of a run are known: its leader's group and session, the leader's
/// descendants, and whoever carries `mark` in the environment it was executed with, each with its
/// own descendants; in a control group of its own, whoever is in it.
struct ProcessTree {
    pid_t leader = 0;
    std::string mark;           ///< "QUANTUM_EXECUTION_ID=…"
    std::string control_group;  ///< its directory; empty: none
};

/// Sends `signal` (0: none) to every process of the tree outside its leader's group, round by round
/// until a round finds none that was not sent it before; who calls reaches the group at once, with
/// `kill`. Gives pidfds of at most `most` processes of the whole tree that still run; zombies do
/// not count. Empty: none runs. Nothing: it could not be found out.
///
/// Reads all of /proc: not for the event loop. Leaves this process alone.
/// Thread-safety: may be called from any thread.
[[nodiscard]] std::optional<std::vector<FileDescriptor>> sweep(const ProcessTree& tree, int signal,
                                                               std::size_t most);

}  // namespace quantum
