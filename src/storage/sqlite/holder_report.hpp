#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "quantum/clock.hpp"

namespace quantum::sqlite {

/// What the lock file says of the instance that holds it. It is as long from the beginning as it
/// ever gets, so that even a full disk takes what is written over it: the process with its start
/// in the kernel's ticks, and where it fares badly since when and why.
///
///     1234 567890
///     degraded 1795814498585669 /var/lib/quantum/ledger.db: disk I/O error
struct HolderReport {
    std::optional<pid_t> process{};
    unsigned long long started = 0;  ///< 0: not said
    std::optional<WallTime> degraded_since{};
    std::string reason{};
};

/// This process, faring well.
[[nodiscard]] HolderReport own_report();

/// False: it could not be written whole.
[[nodiscard]] bool write_report(int descriptor, const HolderReport& report);
/// What can be made out.
[[nodiscard]] HolderReport read_report(int descriptor);

}  // namespace quantum::sqlite
