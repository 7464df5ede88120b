#include "cli/text_width.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/character.hpp"

namespace quantum::cli {
namespace {

constexpr std::string_view ellipsis = "…";

struct CharacterRange {
    std::uint32_t first;
    std::uint32_t last;
};

// East Asian Width W and F of Unicode, in whole blocks, and the emoji that terminals show wide.
constexpr std::array wide{CharacterRange{0x1100, 0x115F},   CharacterRange{0x231A, 0x231B},
                          CharacterRange{0x2329, 0x232A},   CharacterRange{0x23E9, 0x23EC},
                          CharacterRange{0x25FD, 0x25FE},   CharacterRange{0x2614, 0x2615},
                          CharacterRange{0x2648, 0x2653},   CharacterRange{0x26AA, 0x26AB},
                          CharacterRange{0x26BD, 0x26BE},   CharacterRange{0x2705, 0x2705},
                          CharacterRange{0x270A, 0x270B},   CharacterRange{0x2728, 0x2728},
                          CharacterRange{0x274C, 0x274C},   CharacterRange{0x2753, 0x2755},
                          CharacterRange{0x2795, 0x2797},   CharacterRange{0x2E80, 0x303E},
                          CharacterRange{0x3041, 0x33FF},   CharacterRange{0x3400, 0x4DBF},
                          CharacterRange{0x4E00, 0x9FFF},   CharacterRange{0xA000, 0xA4CF},
                          CharacterRange{0xA960, 0xA97F},   CharacterRange{0xAC00, 0xD7A3},
                          CharacterRange{0xF900, 0xFAFF},   CharacterRange{0xFE30, 0xFE6F},
                          CharacterRange{0xFF00, 0xFF60},   CharacterRange{0xFFE0, 0xFFE6},
                          CharacterRange{0x1F300, 0x1F64F}, CharacterRange{0x1F680, 0x1F6FF},
                          CharacterRange{0x1F900, 0x1F9FF}, CharacterRange{0x20000, 0x3FFFD}};

// Combining marks of the scripts that use them most, joiners and variation selectors.
constexpr std::array combining{
    CharacterRange{0x0300, 0x036F}, CharacterRange{0x0483, 0x0489}, CharacterRange{0x0591, 0x05BD},
    CharacterRange{0x0610, 0x061A}, CharacterRange{0x064B, 0x065F}, CharacterRange{0x0900, 0x0902},
    CharacterRange{0x093C, 0x093C}, CharacterRange{0x0941, 0x0948}, CharacterRange{0x0E31, 0x0E31},
    CharacterRange{0x0E34, 0x0E3A}, CharacterRange{0x0E47, 0x0E4E}, CharacterRange{0x1AB0, 0x1AFF},
    CharacterRange{0x1DC0, 0x1DFF}, CharacterRange{0x200B, 0x200F}, CharacterRange{0x20D0, 0x20FF},
    CharacterRange{0xFE00, 0xFE0F}, CharacterRange{0xFE20, 0xFE2F}};

template <std::size_t count>
bool is_in(const std::array<CharacterRange, count>& ranges, std::uint32_t code) {
    const auto after = std::upper_bound(
        ranges.begin(), ranges.end(), code,
        [](std::uint32_t value, const CharacterRange& range) { return value < range.first; });
    return after != ranges.begin() && code <= (after - 1)->last;
}

std::size_t width_of(const base::Character& character) {
    if (!character.valid || character.code < 0x300) return 1;
    if (is_in(combining, character.code)) return 0;
    return is_in(wide, character.code) ? 2 : 1;
}

/// A character of a text and where it is.
struct Placed {
    std::size_t at;
    std::size_t length;
    std::size_t width;
};

std::vector<Placed> characters_of(std::string_view text) {
    std::vector<Placed> placed;
    for (std::size_t at = 0; at < text.size();) {
        const base::Character next = base::next_character(text.substr(at));
        placed.push_back({at, next.length, width_of(next)});
        at += next.length;
    }
    return placed;
}

/// As much of the front as fits; what combines with the last character goes with it.
std::string_view front_of(std::string_view text, const std::vector<Placed>& characters,
                          std::size_t width) {
    std::size_t used = 0;
    for (const Placed& one : characters) {
        used += one.width;
        if (used > width) return text.substr(0, one.at);
    }
    return text;
}

std::string_view back_of(std::string_view text, const std::vector<Placed>& characters,
                         std::size_t width) {
    std::size_t used = 0;
    std::size_t begin = text.size();
    for (auto one = characters.rbegin(); one != characters.rend(); ++one) {
        used += one->width;
        if (used > width) break;
        // One that combines does not begin what is shown.
        if (one->width > 0) begin = one->at;
    }
    return text.substr(begin);
}

}  // namespace

std::size_t text_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const base::Character next = base::next_character(text);
        width += width_of(next);
        text.remove_prefix(next.length);
    }
    return width;
}

std::string cut_middle(std::string_view text, std::size_t width) {
    if (text_width(text) <= width) return std::string(text);
    if (width == 0) return {};
    const std::vector<Placed> characters = characters_of(text);
    const std::size_t front = width / 2;
    std::string result(front_of(text, characters, front));
    result += ellipsis;
    result += back_of(text, characters, width - 1 - std::min(front, width - 1));
    return result;
}

std::string cut_end(std::string_view text, std::size_t width) {
    if (text_width(text) <= width) return std::string(text);
    if (width == 0) return {};
    std::string result(front_of(text, characters_of(text), width - 1));
    result += ellipsis;
    return result;
}

}  // namespace quantum::cli
