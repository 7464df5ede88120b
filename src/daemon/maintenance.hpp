#pragma once

#include <memory>

#include "quantum/clock.hpp"
#include "quantum/storage/sqlite.hpp"

#include "base/event_loop.hpp"
#include "daemon/logger.hpp"

namespace quantum {

struct UpkeepOptions {
    Duration keep_output = std::chrono::hours(24 * 7);   ///< captured output
    Duration keep_ledger = std::chrono::hours(24 * 90);  ///< ended entries
    /// How long after the end of one pass the next may begin.
    Duration between_passes = std::chrono::hours(1);
};

/// Looks after a state directory while the scheduler works: forgets what is old enough, and checks
/// the pages of the file after a life that did not end well.
///
/// Old rows go in small steps on the storage thread, one at a time, each behind the commits that
/// wait there; while runs begin or end the next step is put off. With nothing to do no timer runs:
/// a pass begins at the start, and then with the first run after an hour.
///
/// Thread-safety: `note_activity` from any thread; made and destroyed by one.
class Maintenance {
public:
    /// `storage_loop` is where the storage is called. All must outlive it.
    Maintenance(SqliteStorage& storage, EventLoop& storage_loop, Clock& clock, Logger& logger,
                UpkeepOptions options = {});
    /// Breaks off what is under way.
    ~Maintenance();
    Maintenance(const Maintenance&) = delete;
    Maintenance& operator=(const Maintenance&) = delete;

    /// Begins: once the scheduler runs, so that it does not wait for this.
    void start();
    /// A run began or ended. Before `start` nothing.
    void note_activity();

private:
    struct Core;
    std::shared_ptr<Core> core_;
};

}  // namespace quantum
