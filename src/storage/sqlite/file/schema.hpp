#pragma once

#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

/// Marks a file as ours in its header: "Qntm".
inline constexpr int application_id = 0x516E746D;

/// The newest version of the tables: what this program reads and writes.
[[nodiscard]] int newest_schema_version();

/// The version of the tables in `database`; 0 in an empty file.
/// Throws Failure where the file is no ledger of ours, or a newer program's.
[[nodiscard]] int schema_version(Database& database);

/// Brings the tables forward to `version` (default: the newest) in one transaction. Never back.
void migrate(Database& database, int version = newest_schema_version());

}  // namespace quantum::sqlite
