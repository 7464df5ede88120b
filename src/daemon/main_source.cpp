#include "daemon/main_source.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace quantum::daemon {

int timeout_until(BootTime then, BootTime now, int otherwise) {
    constexpr std::int64_t most = std::numeric_limits<int>::max();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(then - now);
    const int until_then = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, most));
    return otherwise < 0 ? until_then : std::min(otherwise, until_then);
}

}  // namespace quantum::daemon
