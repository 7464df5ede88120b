#pragma once

#include <functional>

#include "storage/sqlite/database.hpp"

namespace quantum::sqlite {

enum class Depth {
    quick,  ///< every page
    full,   ///< and every index against its table
};

/// Throws Failure: SQLITE_CORRUPT with the first things that are wrong, SQLITE_INTERRUPT where
/// `broken_off`, which is asked now and then, answered true.
void check(Database& database, Depth depth, const std::function<bool()>& broken_off);

}  // namespace quantum::sqlite
