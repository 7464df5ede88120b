#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quantum::config {

enum class Severity : std::uint8_t {
    warning,  ///< the file is taken, but it may not mean what its author thinks
    error,    ///< the file is refused
};

[[nodiscard]] std::string_view to_string(Severity severity);

/// One problem of a file, and where it stands.
struct Diagnostic {
    Severity severity = Severity::error;
    std::size_t line = 0;    ///< 1-based; 0: the file as a whole
    std::size_t column = 1;  ///< 1-based, in bytes
    std::size_t length = 1;  ///< bytes that are meant, from `column`; at least 1
    std::string message;

    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// The order in which they are shown: by line and column; what is said of the file as a whole
/// stands at the end.
[[nodiscard]] bool stands_before(const Diagnostic& a, const Diagnostic& b);

[[nodiscard]] bool has_errors(const std::vector<Diagnostic>& diagnostics);

/// "line 12, column 5: message", or the message alone where the file as a whole is meant.
[[nodiscard]] std::string describe(const Diagnostic& diagnostic);

/// Text of a user's file made fit for messages: what a terminal would obey (control characters,
/// characters that turn the direction of text or begin a line) and bytes that are no UTF-8 become
/// `\xNN`; what is longer than `limit` bytes is cut and ends in "…".
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 80);

/// The same between single quotes.
[[nodiscard]] std::string in_quotes(std::string_view text, std::size_t limit = 80);

/// A path, whole, as messages and the sources of jobs show it.
[[nodiscard]] std::string printable_path(std::string_view path);

}  // namespace quantum::config
