#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quantum::config {

enum class Severity : std::uint8_t {
    warning,  ///< the file is accepted, but may not mean what its author thinks
    error,    ///< the file is rejected
};

[[nodiscard]] std::string_view to_string(Severity severity);

/// A problem in a file and its location.
struct Diagnostic {
    Severity severity = Severity::error;
    std::size_t line = 0;    ///< 1-based; 0: the file as a whole
    std::size_t column = 1;  ///< 1-based, in bytes
    std::size_t length = 1;  ///< number of bytes concerned, from `column`; at least 1
    std::string message;

    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// The order of display: by line and column; diagnostics about the file as a whole come last.
[[nodiscard]] bool stands_before(const Diagnostic& a, const Diagnostic& b);

[[nodiscard]] bool has_errors(const std::vector<Diagnostic>& diagnostics);

/// "line 12, column 5: message", or just the message if it concerns the file as a whole.
[[nodiscard]] std::string describe(const Diagnostic& diagnostic);

/// Makes text from a user's file fit for messages: characters that affect a terminal (control
/// characters, characters that change the text direction or start a line) and bytes that are not
/// valid UTF-8 become `\xNN`; text longer than `limit` bytes is truncated and ends in "…".
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 80);

/// The same, in single quotes.
[[nodiscard]] std::string in_quotes(std::string_view text, std::size_t limit = 80);

/// A complete path, as shown in messages and the sources of jobs.
[[nodiscard]] std::string printable_path(std::string_view path);

}  // namespace quantum::config
