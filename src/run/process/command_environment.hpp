#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/command.hpp"
#include "quantum/execution.hpp"

namespace quantum {

using Variable = std::pair<std::string, std::string>;

/// What the environment of a child is made from; of equal names the later source wins.
struct EnvironmentSources {
    const Command& command;
    const Execution& execution;
    std::string_view node;
    std::string_view scheduler;           ///< the process, "1234:567890"
    std::span<const Variable> account{};  ///< for what the command does not name
    std::span<const Variable> secrets{};  ///< in place of what the command says
};

/// The environment of a child as NAME=value, built from nothing: the account's variables, the
/// command's own in order, its secrets, then QUANTUM_JOB, QUANTUM_EXECUTION_ID, QUANTUM_DUE,
/// QUANTUM_ATTEMPT, QUANTUM_NODE, QUANTUM_TIMEZONE and QUANTUM_SCHEDULER.
[[nodiscard]] std::vector<std::string> command_environment(const EnvironmentSources& sources);

/// What `execve` is to try for the first word of a command, in order: the word itself where it
/// holds a slash, else each directory of the PATH in `environment` with it.
[[nodiscard]] std::vector<std::string> program_candidates(
    const std::string& program, const std::vector<std::string>& environment);

/// The PATH that holds where the environment names none.
inline constexpr std::string_view default_path = "/usr/bin:/bin";

/// The PATH that a child with this environment searches.
[[nodiscard]] std::string_view search_path(const std::vector<std::string>& environment);

}  // namespace quantum
