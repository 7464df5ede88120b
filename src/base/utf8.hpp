#pragma once

#include <cstddef>
#include <string_view>

namespace quantum::base {

/// The number of bytes of the well-formed UTF-8 character at the start of `text`; 0 if none is.
/// Overlong forms, surrogates and what lies beyond U+10FFFF are not well-formed.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

}  // namespace quantum::base
