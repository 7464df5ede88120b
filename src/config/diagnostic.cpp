#include "config/diagnostic.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace quantum::config {

namespace {

/// One well-formed character that is no letter to a terminal but an order.
bool is_obeyed(std::string_view character) {
    auto byte = [character](std::size_t at) { return static_cast<unsigned char>(character[at]); };
    switch (character.size()) {
        case 1:  // C0 and DEL
            return byte(0) < 0x20 || byte(0) == 0x7F;
        case 2:  // C1 is U+0080 to U+009F; U+061C turns the direction
            return (byte(0) == 0xC2 && byte(1) < 0xA0) || character == "\u061C";
        case 3:  // U+200E and U+200F, U+2028 to U+202E, U+2066 to U+2069
            return byte(0) == 0xE2 &&
                   ((byte(1) == 0x80 && (byte(2) == 0x8E || byte(2) == 0x8F ||
                                         (byte(2) >= 0xA8 && byte(2) <= 0xAE))) ||
                    (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9));
        default:
            return false;
    }
}

}  // namespace

std::string_view to_string(Severity severity) {
    return severity == Severity::error ? "error" : "warning";
}

bool stands_before(const Diagnostic& a, const Diagnostic& b) {
    return a.line - 1 != b.line - 1 ? a.line - 1 < b.line - 1 : a.column < b.column;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
    return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
        return diagnostic.severity == Severity::error;
    });
}

std::string describe(const Diagnostic& diagnostic) {
    if (diagnostic.line == 0) {
        return diagnostic.message;
    }
    return "line " + std::to_string(diagnostic.line) + ", column " +
           std::to_string(diagnostic.column) + ": " + diagnostic.message;
}

std::string printable(std::string_view text, std::size_t limit) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string result;
    while (!text.empty()) {
        if (result.size() >= limit) {
            result += "…";
            break;
        }
        std::size_t length = base::utf8_length(text);
        if (length == 0 || is_obeyed(text.substr(0, length))) {
            length = std::max<std::size_t>(length, 1);
            for (const char raw : text.substr(0, length)) {
                const auto value = static_cast<unsigned char>(raw);
                result += {'\\', 'x', hex[value >> 4U], hex[value & 0xFU]};
            }
        } else {
            result += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return result;
}

std::string in_quotes(std::string_view text, std::size_t limit) {
    return std::string(1, '\'').append(printable(text, limit)).append(1, '\'');
}

std::string printable_path(std::string_view path) { return printable(path, std::string::npos); }

}  // namespace quantum::config
