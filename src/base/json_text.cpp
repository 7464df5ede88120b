#include "base/json_text.hpp"

#include "base/base_mutant.hpp"
#include "base/character.hpp"

namespace quantum::base {
namespace {

void append_escaped(std::string& line, const Character& character) {
    if (character.code <= 0xFFFF) {
        line += "\\u";
        append_hex(line, character.code, 4);
        return;
    }
    const std::uint32_t rest = character.code - 0x10000;
    line += "\\u";
    append_hex(line, 0xD800 + (rest >> 10U), 4);
    line += "\\u";
    append_hex(line, 0xDC00 + (rest & 0x3FFU), 4);
}

/// `other` appends a byte that is no character.
template <class Other>
void append_string(std::string& line, std::string_view value, const Other& other) {
    line += '"';
    while (!value.empty()) {
        const Character next = next_character(value);
        if (!next.valid) {
            other(static_cast<unsigned char>(value.front()));
        } else if (!append_short_escape(line, next.code)) {
            if (is_hidden(next.code)) {
                append_escaped(line, next);
            } else {
                line += value.substr(0, next.length);
            }
        }
        value.remove_prefix(next.length);
    }
    line += '"';
}

}  // namespace

bool append_json(std::string& line, std::string_view value) {
    bool lossless = true;
    append_string(line, value, [&](unsigned char) {
        lossless = false;
        line += "\\ufffd";
    });
    return lossless;
}

void append_json_text(std::string& line, std::string_view value) {
    append_string(line, value, [&](unsigned char byte) {
        if (mutated(BaseMutant::bytes_pass_in_json)) {
            line += static_cast<char>(byte);
            return;
        }
        line += "\\\\x";
        append_hex(line, byte, 2);
    });
}

void JsonObject::key(std::string_view key) {
    if (out_.back() != '{') out_ += ',';
    append_json_text(out_, key);
    out_ += ':';
}

void JsonObject::text(std::string_view key_text, std::string_view value) {
    key(key_text);
    append_json_text(out_, value);
}

void JsonObject::number(std::string_view key_text, std::int64_t value) {
    key(key_text);
    out_ += std::to_string(value);
}

void JsonObject::boolean(std::string_view key_text, bool value) {
    key(key_text);
    out_ += value ? "true" : "false";
}

void JsonObject::null(std::string_view key_text) {
    key(key_text);
    out_ += "null";
}

void JsonArray::element() {
    if (out_.back() != '[') out_ += ',';
}

void JsonArray::text(std::string_view value) {
    element();
    append_json_text(out_, value);
}

}  // namespace quantum::base
