#include "cli/table.hpp"

#include <algorithm>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/text_width.hpp"

namespace quantum::cli {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t usual_width = 80;

}  // namespace

std::size_t terminal_width(int descriptor) {
    if (isatty(descriptor) != 1) return 0;
    winsize size{};
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return usual_width;
}

std::size_t Table::total() const {
    std::size_t sum = 0;
    for (const std::size_t width : widths_) sum += width == 0 ? 0 : width + gap;
    return sum == 0 ? 0 : sum - gap;
}

void Table::lay_out() {
    widths_.assign(columns_.size(), 0);
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        std::size_t widest = 0;
        for (const auto& row : rows_) {
            if (at < row.size()) widest = std::max(widest, text_width(row[at].text));
        }
        // A column without anything in it is not there, unless it stands first.
        if (widest > 0 || at == 0) widest = std::max(widest, text_width(columns_[at].title));
        widths_[at] = widest;
    }
    if (width_ == 0) return;
    for (int order = 9; order > 0 && total() > width_; --order) {
        for (std::size_t at = 0; at < columns_.size(); ++at) {
            if (columns_[at].gives_way == order) widths_[at] = 0;
        }
    }
    // The widest of those that can be cut gives way, a column at a time.
    while (total() > width_) {
        std::size_t widest = columns_.size();
        for (std::size_t at = 0; at < columns_.size(); ++at) {
            if (columns_[at].least == 0 || widths_[at] <= columns_[at].least) continue;
            if (widest == columns_.size() || widths_[at] > widths_[widest]) widest = at;
        }
        if (widest == columns_.size()) return;
        --widths_[widest];
    }
}

void Table::append_row(std::string& out, const std::vector<Cell>& row, const Style& style) const {
    std::string line;
    std::size_t pending = 0;
    bool is_first = true;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        const std::size_t width = widths_[at];
        if (width == 0) continue;
        if (!is_first) pending += gap;
        is_first = false;
        const Cell cell = at < row.size() ? row[at] : Cell{};
        std::string text = cell.text;
        if (width_ != 0) {
            text = columns_[at].cuts_middle ? cut_middle(text, width) : cut_end(text, width);
        }
        const std::size_t used = text_width(text);
        const std::size_t missing = width > used ? width - used : 0;
        if (columns_[at].is_right) pending += missing;
        // Blanks at the end of a line are not written.
        if (!text.empty()) {
            line.append(pending, ' ');
            pending = 0;
            line += cell.color;
            line += text;
            if (!cell.color.empty()) line += style.plain();
        }
        if (!columns_[at].is_right) pending += missing;
    }
    out += line;
    out += '\n';
}

void Table::print(std::string& out, const Style& style) {
    if (widths_.empty()) {
        lay_out();
        std::vector<Cell> titles;
        for (const TableColumn& column : columns_) titles.push_back({column.title, style.strong()});
        append_row(out, titles, style);
    }
    for (const auto& row : rows_) append_row(out, row, style);
    rows_.clear();
}

}  // namespace quantum::cli
