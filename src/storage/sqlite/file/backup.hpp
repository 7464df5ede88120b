#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>

#include "quantum/result.hpp"

#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

/// Copies what `source` sees now to a new file, 0600. The name appears when the file is whole and
/// on disk; a copy that was broken off leaves nothing under it. Throws Failure where SQLite
/// refuses.
[[nodiscard]] Status back_up(Database& source, const std::filesystem::path& file,
                             const std::function<void(std::size_t, std::size_t)>& progress);

}  // namespace quantum::sqlite
