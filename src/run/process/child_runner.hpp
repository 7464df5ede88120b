#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/runner/runner.hpp"

#include "run/output/output_options.hpp"
#include "run/process/spawn.hpp"

namespace quantum::base {
class EventLoop;
}  // namespace quantum::base

namespace quantum::run {

struct ChildRunnerOptions {
    std::string node{};  ///< the value of QUANTUM_NODE

    /// How long a child may take from its start until it executes its program; after that it is
    /// killed and the run fails. So do runs that have waited behind it that long for their user's
    /// turn. Zero: unlimited.
    Duration start_timeout = std::chrono::seconds(10);

    /// How long after the child's own end others may hold its pipes open before the run counts as
    /// finished.
    Duration output_linger = std::chrono::milliseconds(200);

    /// How many finished runs may still have a pipe held by others. Beyond that, the oldest of the
    /// user with the most of them is closed.
    std::size_t detached_limit = 64;

    /// Set in each child if this process has raised its own limit.
    std::optional<DescriptorLimit> descriptor_limit{};

    OutputOptions output{};

    /// The users that commands may run as, apart from the program's own user; "*" means everybody.
    std::vector<std::string> allow_run_as{};
    /// Groups that commands may run in, in addition to those of their user.
    std::vector<std::string> allow_run_as_group{};
    /// Whether children start with default scheduling, affinity and limits instead of inheriting
    /// them: for a process that does nothing but run them.
    bool fresh_scheduling = false;
    /// The directory of the secrets named by commands.
    std::string secrets_directory{};

    /// The directory of a control group (v2) that this program may divide. Each run then has its
    /// own group in it, which nothing that it starts can leave. Empty: none.
    std::string control_group{};
};

/// Runs Command tasks as child processes on the event loop, without a thread per child.
///
/// Each child has its own session and process group, only the descriptors 0-2, and the environment
/// given by its command and execution. Its output is always drained and passed on line by line,
/// with the values of its secrets as "***".
///
/// A run is finished when the child and both of its pipes have ended; everything that the child
/// itself wrote has then been delivered. A background process that it left behind may hold a pipe
/// forever: in that case the run finishes `output_linger` after the child's end, and further output
/// is read and dropped, so that nobody blocks or dies of a broken pipe.
///
/// A start that hangs (a program on a dead file server, a stopped child) delays only starts of the
/// same user, and only for `start_timeout`; at most four starts per user are in progress.
///
/// Outcomes: `succeeded` with one of its success codes; `failed` with another code, because of an
/// external signal, or if it could not be started; `timed_out` and `killed` if it was told to end
/// by its timeout or by `stop`, whatever its exit status; `lost` if somebody else in this process
/// collected its exit status.
///
/// A run that is told to end is sent TERM, and KILL after the command's `kill_after`, each to its
/// whole tree; it is finished when two consecutive searches find no process of the tree. The tree
/// consists of its process group and session, all descendants, every process with its execution ID
/// in the environment, and everything in its control group if it has one. Without a control group,
/// a process escapes if it leaves the session, loses its parents and clears its environment.
///
/// Thread-safety: that of Runner. The observer is called on the loop's threads, and for `started`
/// on a thread that starts children; the events of a run are reported one at a time. The loop and
/// the clock must outlive it. Must be destroyed on the loop's only thread, or after the loop has
/// stopped: children still running are then killed and reported.
class ChildRunner final : public Runner {
public:
    ChildRunner(base::EventLoop& loop, Clock& clock, ChildRunnerOptions options = {});
    ~ChildRunner() override;
    ChildRunner(const ChildRunner&) = delete;
    ChildRunner& operator=(const ChildRunner&) = delete;

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;

    /// Replaces those of the options, for runs that start from now on.
    void allow_run_as(AllowedAccounts accounts);

private:
    struct Core;
    std::shared_ptr<Core> core_;
};

}  // namespace quantum::run
