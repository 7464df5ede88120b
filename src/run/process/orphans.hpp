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

namespace quantum {

class EventLoop;

struct OrphanOptions {
    /// For commands that do not say.
    OnCrash on_crash = OnCrash::end;
    /// From TERM to KILL.
    Duration kill_after = std::chrono::seconds(10);
    /// How long `adopt` itself waits for what it told to end: the usual child is gone by then, and
    /// its job may start again at once.
    Duration patience = std::chrono::seconds(1);
    /// Where the earlier process spooled what they wrote; it is handed on with their end.
    std::string spool_directory{};
};

/// Finds what still runs of executions that an earlier process began, and sees to its end.
///
/// What belongs to an execution: see `orphans_of`. Each process gets its signal alone, whatever its
/// group. What KILL has not ended after 5 s is let go: its run is reported with the numbers of the
/// processes.
///
/// Thread-safety: every method may be called from any thread. The observer is called by `adopt`, or
/// later on the loop's threads. The loop and the clock outlive it. Destroy it on the loop's only
/// thread, or after the loop has stopped: what is still watched is then reported and left alone.
class Orphans {
public:
    Orphans(EventLoop& loop, Clock& clock, OrphanOptions options = {});
    ~Orphans();
    Orphans(const Orphans&) = delete;
    Orphans& operator=(const Orphans&) = delete;

    /// Each execution is reported as lost once nothing of it runs: at once, where nothing does.
    void adopt(std::span<const Execution> executions, RunObserver& observer);
    /// Unknown or gone: nothing.
    void stop(const ExecutionId& execution, StopSignal signal);

private:
    struct Core;
    std::shared_ptr<Core> core_;
};

}  // namespace quantum
