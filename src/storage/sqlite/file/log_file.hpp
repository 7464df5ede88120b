#pragma once

#include "storage/sqlite/file/state_directory.hpp"

namespace quantum::sqlite {

/// Writes the write-ahead log beside `ledger` once more over itself and syncs it; nothing where
/// there is none. Only while no connection writes. Throws Failure.
///
/// After a sync that failed, the system may hold pages of the log that are not on disk and that no
/// later sync writes, because it counts them as written. SQLite reads them, copies them into the
/// ledger, and a power cut in the middle leaves half of a commit whose log is gone. What is read
/// here is on disk when this returns, whoever saw a sync fail: this process or one before it.
void write_log_again(const PlacedFile& ledger);

}  // namespace quantum::sqlite
