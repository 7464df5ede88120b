#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"

namespace quantum {

/// A child process, described. A value; nothing is started by making one.
struct Command {
    /// Program and arguments, never seen by a shell. `argv[0]` without a slash is looked up in the
    /// PATH of `environment`.
    std::vector<std::string> argv{};

    /// The whole environment of the child, in order; nothing is inherited. The QUANTUM_* names of
    /// the execution are added by the runner.
    std::vector<std::pair<std::string, std::string>> environment{};

    /// What the child reads on standard input; without it, standard input is /dev/null.
    std::optional<std::string> input{};

    /// Empty: the directory of the program that runs the scheduler.
    std::string working_directory{};

    /// How long the run may take; then TERM to its process group. None: as long as it likes.
    std::optional<Duration> timeout{};

    /// How long after TERM the KILL comes.
    Duration kill_after = std::chrono::seconds(10);

    friend bool operator==(const Command&, const Command&) = default;
};

}  // namespace quantum
