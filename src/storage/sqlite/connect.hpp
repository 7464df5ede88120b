#pragma once

#include <filesystem>
#include <memory>

#include "quantum/result.hpp"

#include "storage/sqlite/database.hpp"

namespace quantum::sqlite {

/// The writing connection: write-ahead log, synchronous = FULL, tables of the newest version.
/// Throws Failure.
[[nodiscard]] std::unique_ptr<Database> connect_writer(const std::filesystem::path& file,
                                                       std::chrono::milliseconds busy_timeout);

/// A connection that cannot change anything; the tables must be of the newest version.
/// Throws Failure.
[[nodiscard]] std::unique_ptr<Database> connect_reader(const std::filesystem::path& file);

/// A failure as the world sees it, with the file in front.
[[nodiscard]] Error to_error(const Failure& failure, const std::filesystem::path& file);

}  // namespace quantum::sqlite
