#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace quantum::config {

/// The element of `known` that `word` was probably meant to be: at most two typos away, ignoring
/// case and the difference between '-' and '_'. Empty if none is close.
[[nodiscard]] std::string_view closest(std::string_view word,
                                       std::span<const std::string_view> known);

/// Those of `known` that `word` was most likely meant to be, the closest first, at most `most`: few
/// typos away, or containing it.
[[nodiscard]] std::vector<std::string_view> nearest(std::string_view word,
                                                    std::span<const std::string_view> known,
                                                    std::size_t most);

}  // namespace quantum::config
