#pragma once

#include "storage/sqlite/file/state_directory.hpp"

namespace quantum::sqlite {

/// Rewrites the write-ahead log next to `ledger` in place and syncs it; no-op if there is none.
/// Must only be called while no connection writes. Throws Failure.
///
/// After a failed sync, the system may cache pages of the log that are not on disk and that no
/// later sync writes, because it considers them written. SQLite reads them and copies them into the
/// ledger, and a power failure in the middle leaves half a commit whose log is gone. When this
/// returns, everything that is read here is on disk, whichever process saw the sync fail: this one
/// or an earlier one.
void write_log_again(const PlacedFile& ledger);

}  // namespace quantum::sqlite
