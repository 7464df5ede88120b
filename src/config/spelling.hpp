#pragma once

#include <span>
#include <string_view>

namespace quantum::config {

/// The one of `known` that `word` was probably meant to be: a slip or two away, case and the choice
/// between '-' and '_' aside. Empty if none is near.
[[nodiscard]] std::string_view closest(std::string_view word,
                                       std::span<const std::string_view> known);

}  // namespace quantum::config
