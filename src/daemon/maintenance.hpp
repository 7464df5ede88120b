#pragma once

#include <cstdint>
#include <memory>

#include "quantum/clock.hpp"
#include "quantum/storage/sqlite.hpp"

#include "base/event_loop.hpp"
#include "daemon/logger.hpp"

namespace quantum::daemon {

struct UpkeepOptions {
    Duration keep_output = std::chrono::hours(24 * 7);         ///< captured output
    Duration keep_ledger = std::chrono::hours(24 * 90);        ///< ended entries
    std::uint64_t keep_output_size = std::uint64_t{1} << 30U;  ///< captured output, bytes in total
    /// The minimum time between the end of one pass and the start of the next.
    Duration between_passes = std::chrono::hours(1);
};

/// Maintains a state directory while the scheduler works: removes what has expired, and checks the
/// pages of the file after an unclean shutdown.
///
/// Old rows are removed in small steps on the storage thread, one at a time, each behind the
/// commits waiting there; while runs are starting or ending, the next step is postponed. When there
/// is nothing to do, no timer runs: a pass starts at the start, and then with the first run after
/// an hour, or at once if more output is kept than allowed, which is removed without postponing.
///
/// Thread-safety: `note_activity` may be called from any thread; created and destroyed by one.
class Maintenance {
public:
    /// `storage_loop` is the loop on which the storage is called. All of them must outlive it.
    Maintenance(SqliteStorage& storage, base::EventLoop& storage_loop, Clock& clock, Logger& logger,
                UpkeepOptions options = {});
    /// Interrupts work in progress.
    ~Maintenance();
    Maintenance(const Maintenance&) = delete;
    Maintenance& operator=(const Maintenance&) = delete;

    /// Starts working; called once the scheduler is running, so that it does not wait for this.
    void start();
    /// A run started or ended. No effect before `start`.
    void note_activity();

private:
    struct Core;
    std::shared_ptr<Core> core_;
};

}  // namespace quantum::daemon
