#pragma once

#include <functional>

#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

/// Interrupts statements of the connection where `question`, asked now and then while they run,
/// answers true. It is kept by reference for as long as the connection runs any.
void break_off_when(Database& database, const std::function<bool()>& question);

enum class Depth {
    quick,  ///< every page
    full,   ///< and every index against its table
};

/// Throws Failure: SQLITE_CORRUPT with the first things that are wrong, SQLITE_INTERRUPT where
/// `broken_off`, which is asked now and then, answered true.
void check(Database& database, Depth depth, const std::function<bool()>& broken_off);

}  // namespace quantum::sqlite
