#pragma once

#include "storage/sqlite/database.hpp"

namespace quantum::sqlite {

enum class Depth {
    quick,  ///< every page
    full,   ///< and every index against its table
};

/// Throws Failure (SQLITE_CORRUPT) with the first things that are wrong.
void check(Database& database, Depth depth);

}  // namespace quantum::sqlite
