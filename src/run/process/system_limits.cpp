#include "run/process/system_limits.hpp"

#include <algorithm>
#include <array>

#include <sys/resource.h>
#include <unistd.h>

#include "run/mutant.hpp"

namespace quantum::run {

std::vector<SpawnLimit> system_limits() {
    constexpr std::array resources{RLIMIT_CPU,    RLIMIT_FSIZE,      RLIMIT_DATA,    RLIMIT_STACK,
                                   RLIMIT_CORE,   RLIMIT_RSS,        RLIMIT_NPROC,   RLIMIT_MEMLOCK,
                                   RLIMIT_AS,     RLIMIT_LOCKS,      RLIMIT_NICE,    RLIMIT_RTPRIO,
                                   RLIMIT_RTTIME, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE};
    constexpr rlim_t most_locked = rlim_t{8} << 20U;
    std::vector<SpawnLimit> limits;
    if (geteuid() != 0 || getpid() == 1 || mutated(RunMutant::limits_stay)) return limits;
    for (const auto resource : resources) {
        rlimit first{};
        rlimit own{};
        if (prlimit(1, resource, nullptr, &first) < 0 || prlimit(0, resource, nullptr, &own) < 0) {
            continue;
        }
        if (resource == RLIMIT_MEMLOCK) {
            first.rlim_cur = std::min(first.rlim_cur, most_locked);
            first.rlim_max = std::min(first.rlim_max, most_locked);
        }
        // To raise it is a right of its own.
        first.rlim_max = std::min(first.rlim_max, own.rlim_max);
        first.rlim_cur = std::min(first.rlim_cur, first.rlim_max);
        if (first.rlim_cur == own.rlim_cur && first.rlim_max == own.rlim_max) continue;
        limits.push_back({static_cast<int>(resource), first.rlim_cur, first.rlim_max});
    }
    return limits;
}

}  // namespace quantum::run
