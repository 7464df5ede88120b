#include "config/diagnostic.hpp"

#include <algorithm>
#include <array>

namespace quantum::config {

std::string_view to_string(Severity severity) {
    return severity == Severity::error ? "error" : "warning";
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

std::size_t utf8_length(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) {
        return 1;
    }
    // The second byte's range excludes overlong forms, surrogates and what is above U+10FFFF.
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    std::size_t length = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        low = lead == 0xE0 ? 0xA0 : low;
        high = lead == 0xED ? 0x9F : high;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        low = lead == 0xF0 ? 0x90 : low;
        high = lead == 0xF4 ? 0x8F : high;
    } else {
        return 0;
    }
    if (text.size() < length || byte(1) < low || byte(1) > high) {
        return 0;
    }
    for (std::size_t at = 2; at < length; ++at) {
        if (byte(at) < 0x80 || byte(at) > 0xBF) {
            return 0;
        }
    }
    return length;
}

std::string printable(std::string_view text, std::size_t limit) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string result;
    while (!text.empty()) {
        if (result.size() >= limit) {
            result += "…";
            break;
        }
        const auto byte = static_cast<unsigned char>(text.front());
        std::size_t length = utf8_length(text);
        // C1 controls are U+0080 to U+009F: the two bytes C2 80 to C2 9F.
        const bool control =
            byte < 0x20 || byte == 0x7F ||
            (length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0);
        if (length == 0 || control) {
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

}  // namespace quantum::config
