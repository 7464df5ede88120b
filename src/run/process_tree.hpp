#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/file_descriptor.hpp"

namespace quantum {

/// A process and not a later one with its number.
struct ProcessKey {
    pid_t pid = 0;
    unsigned long long started = 0;

    friend auto operator<=>(const ProcessKey&, const ProcessKey&) = default;
};

/// By what the processes of a run are known: its leader's group and session, whoever carries `mark`
/// in the environment it was executed with, whoever is in its control group, and the descendants of
/// all of these.
struct ProcessTree {
    pid_t leader = 0;
    std::string mark;             ///< "QUANTUM_EXECUTION_ID=…"
    std::string control_group{};  ///< its directory; empty: none
    /// Those that an earlier search found: they belong to it wherever they went since.
    std::set<ProcessKey> known{};
};

/// Sends `signal` (0: none) to every process of the tree that runs, round by round until a round
/// finds none that was not sent it before, and adds those it finds to `known`. Gives pidfds of at
/// most `most` of those that run; zombies do not count. Empty: none runs. Nothing: it could not be
/// found out.
///
/// Reads all of /proc: not for the event loop. Leaves this process alone.
/// Thread-safety: may be called from any thread.
[[nodiscard]] std::optional<std::vector<FileDescriptor>> sweep(ProcessTree& tree, int signal,
                                                               std::size_t most);

}  // namespace quantum
