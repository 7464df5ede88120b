#pragma once

#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace quantum::config {

/// Blanks are spaces and tabs, as in cron; other white space is text.
[[nodiscard]] constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Of the name of a variable, as the shell takes it.
[[nodiscard]] inline bool is_name_start(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
[[nodiscard]] inline bool is_name_part(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// A part of a line: what stands there and where it begins (0-based, in bytes).
struct Slice {
    std::string_view text;
    std::size_t offset = 0;
};

/// `NAME = value`: the name unquoted, the value without its surrounding quotes.
struct AssignmentText {
    std::string name;
    std::string value;
    Slice name_slice;
    Slice value_slice;  ///< as written, with quotes and without the blanks around it
    bool quoted = false;
};

/// Reads a line as an assignment by cron's rules: name and value may stand in single or double
/// quotes, blanks may stand around `=` and after the value, nothing is expanded, an unquoted value
/// goes to the end of the line. None: cron takes the line for an entry.
[[nodiscard]] std::optional<AssignmentText> read_assignment(std::string_view line);

/// Something worth a word, and where it stands.
struct Finding {
    Slice where;
    std::string message;
};

/// A finding that stands in this line of a text.
struct LineFinding {
    std::size_t line = 0;
    Finding finding;
};

/// Set where `text` is nothing that an editor would call a text.
[[nodiscard]] std::optional<LineFinding> explain_no_text(std::string_view text);

/// Set where `line` is no assignment, but its author clearly meant one: a quote that is not closed,
/// text after the closing quote, `export NAME=value`.
[[nodiscard]] std::optional<Finding> explain_broken_assignment(std::string_view line);

/// The parts of an entry's line. Parts that are missing are empty and stand at the line's end.
struct EntryText {
    bool quiet = false;  ///< a `-` in front: cronie's "do not log"
    Slice schedule;      ///< the fields with the blanks between them, or `@word`, or `@every 5s`
    Slice user;          ///< only in system crontabs
    Slice command;       ///< to the end of the line, blanks at the end included
};

[[nodiscard]] EntryText read_entry(std::string_view line, bool system);

/// The words of `text` with one space between them.
[[nodiscard]] std::string single_blanks(std::string_view text);

/// What the shell gets, and what its standard input gets.
struct CommandText {
    std::string command;
    std::optional<std::string> input;    ///< none where nothing follows the `%`
    std::optional<std::size_t> percent;  ///< where the `%` that ends the command stands, 0-based
};

/// The first unescaped `%` ends the command; what follows is its standard input, with each further
/// `%` a newline. `\%` is a percent sign.
[[nodiscard]] CommandText split_command(std::string_view raw);

}  // namespace quantum::config
