#pragma once

#include <variant>

#include "cli/commands.hpp"

namespace quantum::cli {

/// What the command line asks for, or the exit code of a program that has nothing more to do: help
/// and version were printed (0), or the reason why the line makes no sense (2).
[[nodiscard]] std::variant<Options, int> parse_arguments(int count, char** arguments);

}  // namespace quantum::cli
