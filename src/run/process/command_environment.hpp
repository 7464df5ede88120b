#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/command.hpp"
#include "quantum/execution.hpp"

namespace quantum::run {

using Variable = std::pair<std::string, std::string>;

/// The sources of a child's environment; if names are equal, the later source wins.
struct EnvironmentSources {
    const Command& command;
    const Execution& execution;
    std::string_view node;
    std::string_view scheduler;           ///< the process, "1234:567890"
    std::span<const Variable> account{};  ///< for variables the command does not set
    std::span<const Variable> secrets{};  ///< override those of the command
};

/// The environment of a child as NAME=value, built from scratch: the account's variables, the
/// command's own in order, its secrets, then QUANTUM_JOB, QUANTUM_EXECUTION_ID, QUANTUM_DUE,
/// QUANTUM_ATTEMPT, QUANTUM_NODE, QUANTUM_TIMEZONE and QUANTUM_SCHEDULER.
[[nodiscard]] std::vector<std::string> command_environment(const EnvironmentSources& sources);

/// The paths that `execve` should try for the first word of a command, in order: the word itself if
/// it contains a slash, otherwise it in each directory of the PATH in `environment`.
[[nodiscard]] std::vector<std::string> program_candidates(
    const std::string& program, const std::vector<std::string>& environment);

/// The PATH used if the environment has none.
inline constexpr std::string_view default_path = "/usr/bin:/bin";

/// The PATH searched by a child with this environment.
[[nodiscard]] std::string_view search_path(const std::vector<std::string>& environment);

}  // namespace quantum::run
