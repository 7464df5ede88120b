#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

#include "quantum/result.hpp"

#include "base/file_descriptor.hpp"

namespace quantum {

/// Whose word a file is.
enum class FileTrust : std::uint8_t {
    anybody,  ///< any regular file that can be read
    root,     ///< only root can have written it
    secret,   ///< only root or its user can have written it, and no others read it
};

/// Opens a regular file for reading, without blocking; FoundPath says what is required of it and of
/// its path.
///
/// `user`: who may own a secret besides root, if this process is root; otherwise the user of this
/// process may.
///
/// Errors: `not_found`; `io_error` with the path and the reason.
[[nodiscard]] Result<FileDescriptor> open_trusted(const std::string& path, FileTrust trust,
                                                  std::optional<uid_t> user = {});

}  // namespace quantum
