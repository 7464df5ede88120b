#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace quantum::config {

/// More than any file of jobs needs, and few enough for the smallest of stacks.
inline constexpr std::size_t deepest_toml = 100;

/// A place in a text, in bytes, 1-based.
struct TextPlace {
    std::size_t line = 1;
    std::size_t column = 1;
};

/// Where a TOML text first nests deeper than `deepest` levels: tables and dotted keys, lists and
/// inline tables, all counted together. None: nowhere up to its first error of syntax.
///
/// For a look before the parser is called, which recurses once a level. What stands in texts and
/// comments does not count. Needs no stack itself.
[[nodiscard]] std::optional<TextPlace> find_too_deep(std::string_view text,
                                                     std::size_t deepest = deepest_toml);

}  // namespace quantum::config
