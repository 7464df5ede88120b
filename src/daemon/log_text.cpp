#include "daemon/log_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "base/character.hpp"
#include "base/rfc3339.hpp"

namespace quantum::daemon {
namespace {

using base::append_hex;
using base::append_short_escape;
using base::Character;
using base::is_hidden;
using base::next_character;

/// The character at the front of `text`, escaped where it is hidden or none.
void append_shown(std::string& line, const Character& character, std::string_view text) {
    if (!character.valid || (character.code < 0x80 && is_hidden(character.code))) {
        line += "\\x";
        append_hex(line, character.code, 2);
    } else if (is_hidden(character.code)) {
        line += character.code <= 0xFFFF ? "\\u" : "\\U";
        append_hex(line, character.code, character.code <= 0xFFFF ? 4 : 8);
    } else {
        line += text.substr(0, character.length);
    }
}

bool is_bare(std::string_view value) {
    if (value.empty()) return false;
    for (const char c : value) {
        if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=') return false;
    }
    return true;
}

}  // namespace

void append_logfmt(std::string& line, std::string_view value) {
    if (is_bare(value)) {
        line += value;
        return;
    }
    line += '"';
    while (!value.empty()) {
        const Character next = next_character(value);
        if (!next.valid || !append_short_escape(line, next.code)) {
            append_shown(line, next, value);
        }
        value.remove_prefix(next.length);
    }
    line += '"';
}

void append_visible(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const Character next = next_character(text);
        if (next.valid && next.code == '\r') {
            out += "\\r";
        } else if (next.valid && (next.code == '\n' || next.code == '\t')) {
            out += text.front();
        } else {
            append_shown(out, next, text);
        }
        text.remove_prefix(next.length);
    }
}

std::size_t unfinished_utf8(std::string_view text) {
    for (std::size_t length = 1; length <= std::min<std::size_t>(3, text.size()); ++length) {
        const auto byte = static_cast<unsigned char>(text[text.size() - length]);
        if ((byte & 0xC0U) == 0x80U) continue;
        const std::size_t whole = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        return whole > length ? length : 0;
    }
    return 0;
}

void append_base64(std::string& line, std::string_view bytes) {
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            group = (group << 8U) | (k < left ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        }
        line += alphabet[(group >> 18U) & 63U];
        line += alphabet[(group >> 12U) & 63U];
        line += left > 1 ? alphabet[(group >> 6U) & 63U] : '=';
        line += left > 2 ? alphabet[group & 63U] : '=';
    }
}

std::string human(Duration duration) {
    // Unsigned, so that the most negative duration has a size too.
    const bool negative = duration < Duration::zero();
    std::uint64_t micros = static_cast<std::uint64_t>(duration.count());
    if (negative) micros = ~micros + 1;
    const auto decimal = [](std::uint64_t value, std::uint64_t unit, std::size_t digits) {
        std::string text = std::to_string(value / unit);
        if (value % unit != 0) {
            std::string fraction = std::to_string(value % unit);
            fraction.insert(0, digits - fraction.size(), '0');
            fraction.erase(fraction.find_last_not_of('0') + 1);
            text += '.' + fraction;
        }
        return text;
    };
    std::string text = negative ? "-" : "";
    if (micros == 0) return "0s";
    if (micros < 1000) return text + std::to_string(micros) + "us";
    if (micros < 1'000'000) return text + decimal(micros, 1000, 3) + "ms";
    constexpr std::uint64_t minute = 60'000'000;
    constexpr std::uint64_t hour = 60 * minute;
    if (micros >= hour) text += std::to_string(micros / hour) + "h";
    if (micros >= minute) text += std::to_string(micros % hour / minute) + "m";
    return text + decimal(micros % minute, 1'000'000, 6) + "s";
}

std::string brief(Duration duration) {
    if (duration < Duration::zero()) return "-" + brief(-duration);
    const auto with_two_digits = [](std::int64_t value) {
        return (value < 10 ? "0" : "") + std::to_string(value);
    };
    const std::int64_t micros = duration.count();
    if (micros < 1000) return std::to_string(micros) + "us";
    if (micros < 1'000'000) return std::to_string(micros / 1000) + "ms";
    const std::int64_t whole = micros / 1'000'000;
    if (whole < 60) {
        return std::to_string(whole) + '.' + std::to_string(micros / 100'000 % 10) + 's';
    }
    if (whole < 3600) return std::to_string(whole / 60) + 'm' + with_two_digits(whole % 60) + 's';
    if (whole < 86400) {
        return std::to_string(whole / 3600) + 'h' + with_two_digits(whole / 60 % 60) + 'm';
    }
    return std::to_string(whole / 86400) + 'd' + with_two_digits(whole / 3600 % 24) + 'h';
}

std::string log_time(WallTime time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    std::string text = base::rfc3339(second);
    text.pop_back();
    std::array<char, 16> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%06dZ",
                  static_cast<int>((time - second).count()));
    return text += fraction.data();
}

}  // namespace quantum::daemon
