#include "daemon/descriptor_limit.hpp"

#include <algorithm>

#include <sys/resource.h>

namespace quantum::daemon {

std::optional<run::DescriptorLimit> raise_descriptor_limit() {
    constexpr rlim_t enough = 65536;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= enough) return std::nullopt;
    const run::DescriptorLimit before{limit.rlim_cur, limit.rlim_max};
    limit.rlim_cur = std::min(enough, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return std::nullopt;
    return before;
}

}  // namespace quantum::daemon
