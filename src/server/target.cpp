#include "server/target.hpp"

#include <array>
#include <cstdint>

#include "server/mutant.hpp"

namespace quantum::server {
namespace {

constexpr std::string_view hex = "0123456789ABCDEF";
constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

std::optional<std::string> decoded(std::string_view text, bool plus_is_blank) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        char c = text[at];
        if (c == '%') {
            if (at + 2 >= text.size()) return std::nullopt;
            const auto high = hex_digit(text[at + 1]);
            const auto low = hex_digit(text[at + 2]);
            if (!high || !low) return std::nullopt;
            c = static_cast<char>(*high * 16 + *low);
            at += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if (c == '\0') return std::nullopt;
        result += c;
    }
    return result;
}

/// Calls `take` with each part; false: it wants no more.
template <class Take>
bool split(std::string_view text, char separator, const Take& take) {
    for (;;) {
        const std::size_t end = text.find(separator);
        if (!take(text.substr(0, end))) return false;
        if (end == std::string_view::npos) return true;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::optional<Target> parse_target(std::string_view text) {
    if (!text.starts_with('/')) return std::nullopt;
    text.remove_prefix(1);
    text = text.substr(0, text.find('#'));
    const std::size_t mark = text.find('?');
    Target target;
    std::string_view path = text.substr(0, mark);
    std::string plain_path;
    if (mutated(ServerMutant::slash_ends_segment)) {
        plain_path = decoded(path, false).value_or(std::string());
        path = plain_path;
    }
    if (!path.empty()) {
        const bool good = split(path, '/', [&](std::string_view segment) {
            auto plain = decoded(segment, false);
            if (!plain || plain->empty()) return false;
            target.path.push_back(std::move(*plain));
            return true;
        });
        if (!good) return std::nullopt;
    }
    if (mark == std::string_view::npos) return target;
    const bool good = split(text.substr(mark + 1), '&', [&](std::string_view parameter) {
        if (parameter.empty()) return true;
        const std::size_t equals = parameter.find('=');
        auto name = decoded(parameter.substr(0, equals), true);
        auto value = equals == std::string_view::npos ? std::optional<std::string>(std::string())
                                                      : decoded(parameter.substr(equals + 1), true);
        if (!name || !value) return false;
        target.query.emplace_back(std::move(*name), std::move(*value));
        return true;
    });
    if (!good) return std::nullopt;
    return target;
}

std::string encode_segment(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (is_unreserved(c)) {
            result += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        result += '%';
        result += hex[byte >> 4U];
        result += hex[byte & 15U];
    }
    return result;
}

std::string encode_cursor(std::string_view text) {
    std::string result;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6) {
            result += url_alphabet[(bits >> (count - 6)) & 63U];
        }
    }
    if (count > 0) result += url_alphabet[(bits << (6 - count)) & 63U];
    return result;
}

std::optional<std::string> decode_cursor(std::string_view text) {
    std::string result;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const std::size_t value = url_alphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        result += static_cast<char>((bits >> count) & 255U);
    }
    return result;
}

}  // namespace quantum::server
