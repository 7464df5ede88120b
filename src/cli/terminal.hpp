#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quantum::cli {

/// The display capabilities of a descriptor: colors only on a terminal, and only if NO_COLOR is not
/// set.
class Style {
public:
    explicit Style(int descriptor);
    Style(bool terminal, bool color) : terminal_(terminal), color_(color) {}

    [[nodiscard]] bool terminal() const { return terminal_; }

    /// Orders for an Output.
    [[nodiscard]] std::string_view error() const;
    [[nodiscard]] std::string_view warning() const;
    [[nodiscard]] std::string_view good() const;
    [[nodiscard]] std::string_view strong() const;
    [[nodiscard]] std::string_view plain() const;

private:
    bool terminal_ = false;
    bool color_ = false;
};

/// How many columns printable text takes on a terminal.
[[nodiscard]] std::size_t columns_of(std::string_view text);

/// Appends the line of text and, below it, carets under the `length` bytes from `column` (1-based,
/// in bytes). For a long line, only the surroundings are shown; tabs and control characters take as
/// much room as they are displayed with.
void append_excerpt(std::string& out, std::string_view line, std::size_t column, std::size_t length,
                    const Style& style);

}  // namespace quantum::cli
