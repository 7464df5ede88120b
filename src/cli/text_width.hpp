#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quantum::cli {

/// How many columns a terminal gives to printable text: two to each wide character, none to a
/// combining one, one to all others and to bytes that are none.
[[nodiscard]] std::size_t text_width(std::string_view text);

/// Text in at most `width` columns: the middle gives way to `…`, so that both ends can be told
/// apart.
[[nodiscard]] std::string cut_middle(std::string_view text, std::size_t width);
/// The same, but the end gives way.
[[nodiscard]] std::string cut_end(std::string_view text, std::size_t width);

}  // namespace quantum::cli
