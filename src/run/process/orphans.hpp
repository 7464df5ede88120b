#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "quantum/clock.hpp"
#include "quantum/command.hpp"
#include "quantum/execution.hpp"
#include "quantum/runner/runner.hpp"

namespace quantum::base {
class EventLoop;
}  // namespace quantum::base

namespace quantum::run {

struct OrphanOptions {
    /// For commands that do not specify it.
    OnCrash on_crash = OnCrash::end;
    /// The time from TERM to KILL.
    Duration kill_after = std::chrono::seconds(10);
    /// How long `adopt` itself waits for processes it has terminated: most children are gone by
    /// then, and the job may start again at once.
    Duration patience = std::chrono::seconds(1);
    /// Where the earlier process spooled their output; it is passed on with their end.
    std::string spool_directory{};
};

/// Finds the remaining processes of executions started by an earlier process, and ends them.
///
/// For what belongs to an execution, see `orphans_of`. Each process is sent its signal
/// individually, whatever its group. Processes that survive KILL for 5 s are abandoned: their run
/// is reported with their process IDs.
///
/// Thread-safety: every method may be called from any thread. The observer is called by `adopt`, or
/// later on the loop's threads. The loop and the clock must outlive it. Must be destroyed on the
/// loop's only thread, or after the loop has stopped: processes still watched are then reported and
/// left alone.
class Orphans {
public:
    Orphans(base::EventLoop& loop, Clock& clock, OrphanOptions options = {});
    ~Orphans();
    Orphans(const Orphans&) = delete;
    Orphans& operator=(const Orphans&) = delete;

    /// Each execution is reported as lost once none of its processes is running; at once if there
    /// are none.
    void adopt(std::span<const Execution> executions, RunObserver& observer);
    /// No-op if it is unknown or gone.
    void stop(const ExecutionId& execution, StopSignal signal);

private:
    struct Core;
    std::shared_ptr<Core> core_;
};

}  // namespace quantum::run
