#pragma once

#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace quantum::config {

/// Blanks are spaces and tabs, as in cron; other white space counts as text.
[[nodiscard]] constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Whether `c` may start the name of a shell variable.
[[nodiscard]] inline bool is_name_start(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
[[nodiscard]] inline bool is_name_part(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// A part of a line: its text and where it starts (0-based, in bytes).
struct Slice {
    std::string_view text;
    std::size_t offset = 0;
};

/// `NAME = value`: the name unquoted, the value without its surrounding quotes.
struct AssignmentText {
    std::string name;
    std::string value;
    Slice name_slice;
    Slice value_slice;  ///< as written, with quotes and without surrounding blanks
    bool quoted = false;
};

/// Parses a line as an assignment by cron's rules: name and value may be in single or double
/// quotes, blanks are allowed around `=` and after the value, nothing is expanded, and an unquoted
/// value extends to the end of the line. None: cron treats the line as an entry.
[[nodiscard]] std::optional<AssignmentText> read_assignment(std::string_view line);

/// A finding and its location.
struct Finding {
    Slice where;
    std::string message;
};

/// A finding in a particular line of a text.
struct LineFinding {
    std::size_t line = 0;
    Finding finding;
};

/// Set if `text` is not text by any editor's standard.
[[nodiscard]] std::optional<LineFinding> explain_no_text(std::string_view text);

/// Set if `line` is not an assignment, but was clearly meant to be one: an unclosed quote, text
/// after the closing quote, `export NAME=value`.
[[nodiscard]] std::optional<Finding> explain_broken_assignment(std::string_view line);

/// The parts of an entry's line. Missing parts are empty and located at the end of the line.
struct EntryText {
    bool quiet = false;  ///< a leading `-`: cronie's "do not log"
    Slice schedule;      ///< the fields and the blanks between them, or `@word`, or `@every 5s`
    Slice user;          ///< only in system crontabs
    Slice command;       ///< to the end of the line, including trailing blanks
};

/// `fields`: how many time fields there are.
[[nodiscard]] EntryText read_entry(std::string_view line, bool system, std::size_t fields = 5);

/// The words of `text`, separated by single spaces.
[[nodiscard]] std::string single_blanks(std::string_view text);

/// What is passed to the shell and to its standard input.
struct CommandText {
    std::string command;
    std::optional<std::string> input;    ///< none if nothing follows the `%`
    std::optional<std::size_t> percent;  ///< position of the `%` that ends the command, 0-based
};

/// The first unescaped `%` ends the command; the rest is its standard input, in which each further
/// `%` is a newline. `\%` is a percent sign.
[[nodiscard]] CommandText split_command(std::string_view raw);

}  // namespace quantum::config
