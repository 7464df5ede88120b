#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "quantum/command.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// What a command's environment file and secrets say at this moment.
struct CommandSecrets {
    std::vector<std::pair<std::string, std::string>> variables;
    std::vector<std::string> masked;  ///< values that its output must not show
};

/// The value of one: its file without the newlines at its end.
///
/// Errors name the file, never the value: missing, in hands of others, empty.
[[nodiscard]] Result<std::string> read_secret(const std::string& name,
                                              const std::string& directory);

/// Reads them; a secret's plain name is a file in `directory`. `user`: as whom the command runs,
/// whose own the environment file may be.
///
/// Errors name the file, never a value: missing, in hands of others, not of the form NAME=value.
[[nodiscard]] Result<CommandSecrets> read_secrets(const Command& command,
                                                  const std::string& directory,
                                                  std::optional<uid_t> user = {});

}  // namespace quantum
