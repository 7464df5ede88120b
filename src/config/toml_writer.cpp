#include "config/toml_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <boost/json.hpp>

namespace quantum::config {
namespace {

namespace json = boost::json;

bool is_bare(std::string_view key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

void append_string(std::string& out, std::string_view text) {
    constexpr std::string_view hex_digits = "0123456789ABCDEF";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (byte < 0x20 || byte == 0x7F) {
            out += "\\u00";
            out += hex_digits[byte >> 4U];
            out += hex_digits[byte & 15U];
        } else {
            out += c;
        }
    }
    out += '"';
}

void append_number(std::string& out, double number) {
    if (std::isnan(number)) {
        out += "nan";
        return;
    }
    if (std::isinf(number)) {
        out += number < 0 ? "-inf" : "inf";
        return;
    }
    std::array<char, 64> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    out += text;
    // A whole number would be of another type.
    if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace

void append_toml_key(std::string& out, std::string_view key) {
    if (is_bare(key)) {
        out += key;
    } else {
        append_string(out, key);
    }
}

void append_toml(std::string& out, const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            out += "{}";
            return;
        case json::kind::bool_:
            out += value.get_bool() ? "true" : "false";
            return;
        case json::kind::int64:
            out += std::to_string(value.get_int64());
            return;
        case json::kind::uint64:
            out += std::to_string(value.get_uint64());
            return;
        case json::kind::double_:
            append_number(out, value.get_double());
            return;
        case json::kind::string:
            append_string(out, {value.get_string().data(), value.get_string().size()});
            return;
        case json::kind::array: {
            std::string_view separator = "[";
            for (const json::value& element : value.get_array()) {
                out += separator;
                append_toml(out, element);
                separator = ", ";
            }
            out += value.get_array().empty() ? "[]" : "]";
            return;
        }
        case json::kind::object: {
            std::string_view separator = "{ ";
            for (const auto& [key, element] : value.get_object()) {
                out += separator;
                append_toml_key(out, {key.data(), key.size()});
                out += " = ";
                append_toml(out, element);
                separator = ", ";
            }
            out += value.get_object().empty() ? "{}" : " }";
            return;
        }
    }
}

// Only what such texts consist of stands there as it is: nothing else can come of it than one
// value.
void append_toml_instant(std::string& out, std::string_view text) {
    const bool is_plain = text.size() >= 10 && std::all_of(text.begin(), text.end(), [](char c) {
                              return (c >= '0' && c <= '9') || c == '-' || c == ':' || c == '+' ||
                                     c == '.' || c == 'T' || c == 'Z';
                          });
    if (is_plain) {
        out += text;
    } else {
        append_string(out, text);
    }
}

}  // namespace quantum::config
