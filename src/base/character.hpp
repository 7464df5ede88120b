#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Characters of text that is shown or sent to somebody, whatever bytes it has.
namespace quantum::base {

/// One character of UTF-8, or one byte that is none.
struct Character {
    std::uint32_t code = 0;
    std::size_t length = 1;
    bool valid = true;
};

/// The one at the front of `text`, which must not be empty.
[[nodiscard]] Character next_character(std::string_view text);

/// Whether a character acts on a terminal or on the reader's eye instead of showing itself.
[[nodiscard]] bool is_hidden(std::uint32_t code);

/// Appends `value` in this many lowercase hexadecimal digits.
void append_hex(std::string& line, std::uint32_t value, int digits);

/// Appends `\n` and its like; false if the character has no such short form.
bool append_short_escape(std::string& line, std::uint32_t code);

}  // namespace quantum::base
