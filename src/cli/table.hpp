#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.hpp"

namespace quantum::cli {

/// A cell of a table and its color, which is an order of the style or empty.
struct Cell {
    std::string text{};
    std::string_view color{};
};

struct TableColumn {
    std::string title;
    /// Columns give way to a narrow terminal in this order, the highest first; 0: never.
    int gives_way = 0;
    bool is_right = false;     ///< numbers stand at the right
    bool cuts_middle = false;  ///< a name: what is too long loses its middle; others lose their end
    std::size_t least = 0;     ///< columns that it can be cut to; 0: it is not cut
};

/// Lays rows out under titles within the width of a terminal. Nothing is cut, and nothing gives
/// way, where there is no terminal.
///
/// Not thread-safe.
class Table {
public:
    /// `width`: 0 for no limit.
    Table(std::vector<TableColumn> columns, std::size_t width)
        : columns_(std::move(columns)), width_(width) {}

    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] bool empty() const { return rows_.empty(); }

    /// Appends the titles, unless they have been, and the rows, which are then forgotten. The
    /// layout is that of the first rows, so that later ones stand below them.
    void print(std::string& out, const Style& style);

private:
    void lay_out();
    void append_row(std::string& out, const std::vector<Cell>& row, const Style& style) const;
    [[nodiscard]] std::size_t total() const;

    const std::vector<TableColumn> columns_;
    const std::size_t width_;
    std::vector<std::vector<Cell>> rows_;
    std::vector<std::size_t> widths_;  // empty: not laid out yet; 0: the column is left out
};

/// The columns of the terminal at a descriptor; 0: it is none.
[[nodiscard]] std::size_t terminal_width(int descriptor);

}  // namespace quantum::cli
