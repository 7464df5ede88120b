#pragma once

#include <span>
#include <string_view>

namespace quantum::config {

/// The element of `known` that `word` was probably meant to be: at most two typos away, ignoring
/// case and the difference between '-' and '_'. Empty if none is close.
[[nodiscard]] std::string_view closest(std::string_view word,
                                       std::span<const std::string_view> known);

}  // namespace quantum::config
