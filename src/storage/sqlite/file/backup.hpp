#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>

#include "quantum/result.hpp"

#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

/// Copies what `source` currently sees to a new file with mode 0600. The name appears when the file
/// is complete and on disk; an interrupted copy leaves nothing under that name. Throws Failure on
/// SQLite errors.
[[nodiscard]] Status back_up(Database& source, const std::filesystem::path& file,
                             const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace quantum::sqlite
