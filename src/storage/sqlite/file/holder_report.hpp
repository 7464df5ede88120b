#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "quantum/clock.hpp"

namespace quantum::sqlite {

/// What the lock file says of the instance that holds it. It is as long from the beginning as it
/// ever gets, so that even a full disk takes what is written over it: the process with its start
/// in the kernel's ticks, where it fares badly since when and why, and a line for each file of jobs
/// that is bad.
///
///     1234 567890
///     degraded 1795814498585669 /var/lib/quantum/ledger.db: disk I/O error
///     bad jobs.toml:4:7: job 'x' has no schedule
struct HolderReport {
    std::optional<pid_t> process{};
    unsigned long long started = 0;  ///< 0: not said
    std::optional<WallTime> degraded_since{};
    std::string reason{};
    std::vector<std::string> bad_files{};
};

/// This process, faring well.
[[nodiscard]] HolderReport own_report();

/// Long lines are cut, and of many files only the first are named. False: it could not be written
/// whole.
[[nodiscard]] bool write_report(int descriptor, const HolderReport& report);
/// What can be made out.
[[nodiscard]] HolderReport read_report(int descriptor);

}  // namespace quantum::sqlite
