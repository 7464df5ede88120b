#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"

namespace quantum::base {

/// Who must have written a file.
enum class FileTrust : std::uint8_t {
    anybody,  ///< any readable regular file
    root,     ///< only root can have written it
    user,     ///< only root or its user can have written it
    secret,   ///< only root or its user can have written it, and no others read it
};

/// Opens a regular file for reading and checks the open file itself, not its name, against the
/// rule: owner, mode, a single link, and neither the last component of the path nor a directory on
/// it controlled by others. Never blocks, and never follows a symbolic link to a file that must be
/// trusted.
///
/// `user`: who may own a secret or a user's file besides root, if this process is root; otherwise
/// the user of this process may.
///
/// Errors: `not_found`; `io_error` with the path and the reason.
[[nodiscard]] Result<FileDescriptor> open_trusted(const std::string& path, FileTrust trust,
                                                  std::optional<uid_t> user = {});

}  // namespace quantum::base
