#pragma once

#include <filesystem>

#include <fcntl.h>

#include "storage/sqlite/file/state_directory.hpp"

namespace quantum::test {

/// A file by its path, for a connection of a test's own.
[[nodiscard]] inline sqlite::PlacedFile placed(const std::filesystem::path& path) {
    return {AT_FDCWD, path.string(), path};
}

}  // namespace quantum::test
