#pragma once

#include <string>
#include <utility>
#include <vector>

#include "quantum/command.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// What a command's environment file and secrets say at this moment.
struct CommandSecrets {
    std::vector<std::pair<std::string, std::string>> variables;
    std::vector<std::string> masked;  ///< values that its output must not show
};

/// Reads them; a secret's plain name is a file in `directory`.
///
/// Errors name the file, never a value: missing, in hands of others, not of the form NAME=value.
[[nodiscard]] Result<CommandSecrets> read_secrets(const Command& command,
                                                  const std::string& directory);

}  // namespace quantum
