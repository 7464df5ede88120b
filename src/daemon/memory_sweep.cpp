#include "daemon/memory_sweep.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/give_back.hpp"

namespace quantum::daemon {
namespace {

constexpr Duration until_all_is_through = std::chrono::seconds(1);

}  // namespace

void MemorySweep::begin(BootTime now) {
    base::give_memory_back();
    again_at_ = now + until_all_is_through;
}

int MemorySweep::timeout_ms(BootTime now, int otherwise) const {
    if (!again_at_) return otherwise;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*again_at_ - now);
    const int until_then = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    return otherwise < 0 ? until_then : std::min(otherwise, until_then);
}

void MemorySweep::look(BootTime now) {
    if (!again_at_ || now < *again_at_) return;
    again_at_.reset();
    base::give_memory_back();
}

}  // namespace quantum::daemon
