#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "quantum/command.hpp"
#include "quantum/result.hpp"

namespace quantum {

/// As whom a child is to run, down to the numbers that the kernel takes.
struct Identity {
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups;  ///< supplementary, as the system's files say

    /// HOME, LOGNAME, USER and SHELL of the account, for a command that does not name them.
    std::vector<std::pair<std::string, std::string>> environment;
};

/// The user and group of a command, looked up now. None: it runs as this program does.
///
/// Errors: `not_found` where the system knows no such user or group; `invalid_argument` where it is
/// another than this program's own and this program is not root, or `allowed` does not name it
/// ("*" names everybody).
[[nodiscard]] Result<std::optional<Identity>> identity_of(const Command& command,
                                                          const std::vector<std::string>& allowed);

/// The number of a user, given by name or number. None: the system knows no such user.
[[nodiscard]] std::optional<uid_t> user_named(const std::string& name);

}  // namespace quantum
