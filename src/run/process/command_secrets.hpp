#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "quantum/command.hpp"
#include "quantum/result.hpp"

namespace quantum::run {

/// The current contents of a command's environment file and secrets.
struct CommandSecrets {
    std::vector<std::pair<std::string, std::string>> variables;
    std::vector<std::string> masked;  ///< values that its output must not show
};

/// The value of a secret: its file without trailing newlines.
///
/// Errors name the file, never the value: missing, controlled by others, empty.
[[nodiscard]] Result<std::string> read_secret(const std::string& name,
                                              const std::string& directory);

/// Reads them; a plain name of a secret is a file in `directory`.
///
/// Errors name the file, never a value: missing, controlled by others, not of the form NAME=value.
[[nodiscard]] Result<CommandSecrets> read_secrets(const Command& command,
                                                  const std::string& directory,
                                                  std::optional<uid_t> user = {});

}  // namespace quantum::run
