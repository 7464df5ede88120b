#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "quantum/clock.hpp"

namespace quantum::sqlite {

/// What the lock file says about the instance that holds it. The file has its maximum length from
/// the start, so that even on a full disk it can be overwritten. It contains the process and its
/// start time in kernel ticks, if it is degraded since when and why, and a line for each bad job
/// file.
///
///     1234 567890
///     degraded 1795814498585669 /var/lib/quantum/ledger.db: disk I/O error
///     bad jobs.toml:4:7: job 'x' has no schedule
struct HolderReport {
    std::optional<pid_t> process{};
    unsigned long long started = 0;  ///< 0: not given
    std::optional<WallTime> degraded_since{};
    std::string reason{};
    std::vector<std::string> bad_files{};
};

/// This process, without problems.
[[nodiscard]] HolderReport own_report();

/// Long lines are truncated, and of many files only the first are named. Returns false if it could
/// not be written completely.
[[nodiscard]] bool write_report(int descriptor, const HolderReport& report);
/// Reads whatever can be understood.
[[nodiscard]] HolderReport read_report(int descriptor);

}  // namespace quantum::sqlite
