#pragma once

#include <cstddef>
#include <string>

#include "quantum/execution.hpp"

namespace quantum::model {

/// An execution ID as people are shown it: its last 8 digits. The first ones are the time, which
/// IDs of one minute share.
[[nodiscard]] inline std::string short_id(const ExecutionId& id) {
    constexpr std::size_t digits = 8;
    std::string text = id.text();
    return text.substr(text.size() - digits);
}

}  // namespace quantum::model
