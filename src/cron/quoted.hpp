#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace quantum::cron {

/// The offending text in quotes, truncated and with unprintable characters replaced.
[[nodiscard]] inline std::string quoted(std::string_view text) {
    constexpr std::size_t most = 40;
    std::size_t length = std::min(text.size(), most);
    // Not in the middle of a UTF-8 character.
    while (length < text.size() && length > 0 &&
           (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) {
        --length;
    }
    std::string shown = "'";
    for (const char c : text.substr(0, length)) {
        const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
        shown += control ? '?' : c;
    }
    shown += length < text.size() ? "…'" : "'";
    return shown;
}

}  // namespace quantum::cron
