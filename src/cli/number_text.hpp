#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace quantum::cli {

/// "4,320"
[[nodiscard]] inline std::string with_commas(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

}  // namespace quantum::cli
