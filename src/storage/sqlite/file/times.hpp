#pragma once

#include <cstdint>
#include <optional>

#include "quantum/clock.hpp"

#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

/// The representation of instants in the file: microseconds since 1970.
[[nodiscard]] inline std::int64_t micros(WallTime time) { return time.time_since_epoch().count(); }
[[nodiscard]] inline WallTime wall_time(std::int64_t us) { return WallTime(Duration(us)); }

/// NULL if there is none.
void bind_time(Statement& statement, int index, const std::optional<WallTime>& time);
[[nodiscard]] std::optional<WallTime> read_time(const Statement& row, int column);

}  // namespace quantum::sqlite
