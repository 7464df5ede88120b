#pragma once

#include <functional>

#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

/// Interrupts statements of the connection when `question`, which is called from time to time while
/// they run, returns true. It is kept by reference as long as the connection runs statements.
void break_off_when(Database& database, const std::function<bool()>& question);

enum class Depth {
    quick,  ///< every page
    full,   ///< and every index against its table
};

/// Throws Failure: SQLITE_CORRUPT with the first problems found, SQLITE_INTERRUPT if `broken_off`,
/// which is called from time to time, returned true.
void check(Database& database, Depth depth, const std::function<bool()>& broken_off);

}  // namespace quantum::sqlite
