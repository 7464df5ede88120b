#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "quantum/command.hpp"
#include "quantum/result.hpp"

namespace quantum::run {

/// The identity of a child, as the numbers used by the kernel.
struct Identity {
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups;  ///< supplementary groups, from the system's files

    /// HOME, LOGNAME, USER and SHELL of the account, for a command that does not set them.
    std::vector<std::pair<std::string, std::string>> environment;
};

/// Who commands may run as in addition to the program's own user; "*" allows all.
struct AllowedAccounts {
    std::vector<std::string> users{};
    std::vector<std::string> groups{};  ///< in addition to the user's own groups
};

/// The user and group of a command, looked up now. None: it runs as this program's user.
///
/// Errors: `not_found` if there is no such user or group; `invalid_argument` if it differs from
/// this program's own and either this program is not root or `allowed` does not name it, or if the
/// account has expired.
[[nodiscard]] Result<std::optional<Identity>> identity_of(const Command& command,
                                                          const AllowedAccounts& allowed);

/// Whether a group, given by name or number, is the user's primary group or has it as a member.
/// Errors: `not_found`, `io_error`.
[[nodiscard]] Result<bool> has_group(const std::string& user, const std::string& group);

/// The number of a user, given by name or number. None if there is no such user.
[[nodiscard]] std::optional<uid_t> user_named(const std::string& name);

}  // namespace quantum::run
