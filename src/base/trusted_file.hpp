#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"

namespace quantum {

/// Whose word a file is.
enum class FileTrust : std::uint8_t {
    anybody,  ///< any regular file that can be read
    root,     ///< only root can have written it
    secret,   ///< only root or this program's user can have written it, and no others read it
};

/// Opens a regular file for reading and holds the open file itself, not its name, against the rule:
/// owner, mode, one link; neither the last part of the path nor a directory on the way in hands of
/// others. Never waits, and never follows a symbolic link to a file that has to be trusted.
///
/// Errors: `not_found`; `io_error` with the path and what is wrong with it.
[[nodiscard]] Result<FileDescriptor> open_trusted(const std::string& path, FileTrust trust);

/// What open_trusted holds against the directories on the way to `path`; nothing where they are
/// root's (or `user`'s) and nobody else can put another file in their place.
[[nodiscard]] Status check_directories(const std::string& path, uid_t user);

}  // namespace quantum
