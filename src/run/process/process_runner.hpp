#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/runner/runner.hpp"

#include "run/output/line_rate_limiter.hpp"
#include "run/process/spawn.hpp"

namespace quantum {

class EventLoop;

struct ProcessRunnerOptions {
    std::string node{};  ///< what QUANTUM_NODE says

    /// How long a child may take from its start until it executes its program; after that it is
    /// killed and the run has failed. So has, then, what waited as long behind it for its user's
    /// turn. Zero: for ever.
    Duration start_timeout = std::chrono::seconds(10);

    /// How long after the child's own end its pipes may stay open in other hands before the run
    /// counts as finished.
    Duration output_linger = std::chrono::milliseconds(200);

    /// How many finished runs may still have a pipe in other hands. Beyond, the oldest is closed.
    std::size_t detached_limit = 64;

    /// Set in each child, where this process has raised its own.
    std::optional<DescriptorLimit> descriptor_limit{};

    /// Whether both ends of each run's output are kept and handed on with its end: its first 64 KiB
    /// and its last 192 KiB.
    bool keep_output = false;
    /// Where kept output is spooled while a run goes on, a file each (SpoolReader); made where it
    /// is missing. Empty: in memory.
    std::string spool_directory{};
    /// How fast the lines of one run are handed on; what is faster is kept and drained all the
    /// same.
    std::optional<LineRate> line_rate{};

    /// As whom commands may run besides the program's own user; "*" is everybody.
    std::vector<std::string> allow_run_as{};
    /// Where the secrets are that commands name.
    std::string secrets_directory{};

    /// The directory of a control group (v2) that is this program's to divide. Each run then has a
    /// group of its own in there, which nothing that it starts can leave. Empty: none.
    std::string control_group{};
};

/// Runs Command tasks as child processes on the event loop; no thread a child.
///
/// Each child has its own session and process group, descriptors 0-2 only, and the environment
/// that its command and execution name. Its output is always drained and handed on line by line,
/// with the values of its secrets as "***".
///
/// When is a run finished? When the child has ended and both of its pipes have. Everything the
/// child itself wrote is then delivered. A background process that it left behind may hold a pipe
/// for ever: the run then finishes `output_linger` after the child's end, and what still comes is
/// read and dropped, so that nobody blocks or dies of a broken pipe.
///
/// A start that hangs (a program on a dead file server, a child that was stopped) holds up starts
/// of its own user only, and for `start_timeout`: of one user at most four are under way.
///
/// How it ended: `succeeded` with one of its success codes; `failed` with another code, by a signal
/// from elsewhere, or if it could not be started; `timed_out` and `killed` if it was told to end by
/// its timeout or by `stop`, whatever it answered; `lost` if somebody else in this process took its
/// exit status.
///
/// A run that is told to end gets TERM, and KILL after the command's `kill_after`, each to its
/// whole tree; it is finished when two searches, one after the other, find no process of it. To the
/// tree belong its process group and session, all descendants, whatever carries its execution id in
/// the environment, and all of its control group where it has one. Without a control group a
/// process escapes that leaves the session, loses its parents and clears its environment.
///
/// Thread-safety: as Runner. The observer is called on the loop's threads, and for `started` on one
/// that starts children; for one run's events one at a time.
/// The loop and the clock outlive it. Destroy it on the loop's only thread, or after the loop has
/// stopped: children that still run are then killed and reported.
class ProcessRunner final : public Runner {
public:
    ProcessRunner(EventLoop& loop, Clock& clock, ProcessRunnerOptions options = {});
    ~ProcessRunner() override;
    ProcessRunner(const ProcessRunner&) = delete;
    ProcessRunner& operator=(const ProcessRunner&) = delete;

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;

    /// In place of those of the options, for what begins from now on.
    void allow_run_as(std::vector<std::string> users);

private:
    struct Core;
    std::shared_ptr<Core> core_;
};

}  // namespace quantum
