#pragma once

#include "quantum/storage/sqlite.hpp"

#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

/// Removes at most `retention.step` rows of each kind in one transaction; returns true while more
/// are left. Throws Failure; the transaction is then rolled back.
[[nodiscard]] bool prune(Database& database, const Retention& retention);

}  // namespace quantum::sqlite
