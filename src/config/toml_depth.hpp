#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace quantum::config {

/// More than any job file needs, and few enough for the smallest stack.
inline constexpr std::size_t deepest_toml = 100;

/// A position in a text, in bytes, 1-based.
struct TextPlace {
    std::size_t line = 1;
    std::size_t column = 1;
};

/// Where a TOML text first nests deeper than `deepest` levels, counting tables, dotted keys, lists
/// and inline tables together. None: nowhere before its first syntax error.
///
/// To be called before the parser, which recurses for each level. The contents of strings and
/// comments are ignored. Uses no stack itself.
[[nodiscard]] std::optional<TextPlace> find_too_deep(std::string_view text,
                                                     std::size_t deepest = deepest_toml);

}  // namespace quantum::config
