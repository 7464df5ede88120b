#include "base/character.hpp"

namespace quantum::base {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

}  // namespace

Character next_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return {first, 1, true};
    // Length, lowest code of that length, and the bits of the first byte that count.
    std::size_t length = 0;
    std::uint32_t lowest = 0;
    std::uint32_t code = 0;
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
        lowest = 0x80;
        code = first & 0x1FU;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        lowest = 0x800;
        code = first & 0x0FU;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        lowest = 0x10000;
        code = first & 0x07U;
    } else {
        return {first, 1, false};
    }
    if (text.size() < length) return {first, 1, false};
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {first, 1, false};
        code = (code << 6U) | (byte(i) & 0x3FU);
    }
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < lowest || code > 0x10FFFF || surrogate) return {first, 1, false};
    return {code, length, true};
}

bool is_hidden(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C ||
           (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
           (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE007F);
}

void append_hex(std::string& line, std::uint32_t value, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        line += hex_digits[(value >> static_cast<unsigned>(shift)) & 0xFU];
    }
}

bool append_short_escape(std::string& line, std::uint32_t code) {
    switch (code) {
        case '"':
            line += "\\\"";
            return true;
        case '\\':
            line += "\\\\";
            return true;
        case '\n':
            line += "\\n";
            return true;
        case '\r':
            line += "\\r";
            return true;
        case '\t':
            line += "\\t";
            return true;
        default:
            return false;
    }
}

}  // namespace quantum::base
