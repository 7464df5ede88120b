#pragma once

#include <filesystem>
#include <memory>

#include "quantum/result.hpp"

#include "storage/sqlite/file/database.hpp"
#include "storage/sqlite/file/state_directory.hpp"

namespace quantum::sqlite {

/// Whether a file without tables may become a ledger.
enum class Blank { becomes_ledger, is_refused };

/// Opens the writing connection: write-ahead log, synchronous = FULL, tables of the newest version.
/// Throws Failure.
[[nodiscard]] std::unique_ptr<Database> connect_writer(const PlacedFile& file,
                                                       std::chrono::milliseconds busy_timeout,
                                                       Blank blank);

/// Opens a connection that cannot change anything; the tables must be of the newest version. If the
/// disk is full or read-only and nobody holds the directory, it also writes nothing next to the
/// file. Throws Failure.
[[nodiscard]] std::unique_ptr<Database> connect_reader(const PlacedFile& file);

/// The error message for a ledger that is gone although there was one.
inline constexpr const char* lost_ledger =
    "is missing or empty, although this directory has had a ledger (`life`): what it "
    "decided would be forgotten, and due times with it. Restore a backup, or start over with "
    "--new-ledger";

/// A failure as seen from outside, with the file in front.
[[nodiscard]] Error to_error(const Failure& failure, const std::filesystem::path& file);

}  // namespace quantum::sqlite
