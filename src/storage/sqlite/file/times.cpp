#include "storage/sqlite/file/times.hpp"

namespace quantum::sqlite {

void bind_time(Statement& statement, int index, const std::optional<WallTime>& time) {
    if (time) {
        statement.bind(index, micros(*time));
    } else {
        statement.bind_null(index);
    }
}

std::optional<WallTime> read_time(const Statement& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return wall_time(row.integer(column));
}

}  // namespace quantum::sqlite
