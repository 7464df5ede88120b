#pragma once

#include <functional>

#include "quantum/job.hpp"
#include "quantum/storage/storage.hpp"

#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

/// Everything returned by `Storage::load`, read in one transaction. Throws Failure.
[[nodiscard]] Snapshot read_snapshot(Database& database, const std::function<Status(Job&)>& rebind,
                                     std::vector<std::string>& problems);

}  // namespace quantum::sqlite
