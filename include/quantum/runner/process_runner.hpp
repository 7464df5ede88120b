#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/command.hpp"
#include "quantum/execution.hpp"
#include "quantum/keep_output.hpp"
#include "quantum/result.hpp"
#include "quantum/runner/runner.hpp"

namespace quantum {

struct ProcessRunnerOptions {
    std::string node = "local";  ///< the value of QUANTUM_NODE
    /// Whether what commands write is kept.
    OutputSetting output = {};
    /// How long a child may take from its start until it executes its program; after that it is
    /// killed and the run fails. So do runs that have waited behind it that long for their user's
    /// turn. Zero: unlimited.
    Duration start_timeout = std::chrono::seconds(10);
    /// How long after the child's own end others may hold its pipes open before the run counts as
    /// finished.
    Duration output_linger = std::chrono::milliseconds(200);
    /// What happens to the processes of an earlier process's runs, for commands that do not specify
    /// it.
    OnCrash on_crash = OnCrash::end;
    /// The users that commands may run as, apart from the program's own user; "*" means everybody.
    std::vector<std::string> allow_run_as = {};
    /// Groups that commands may run in, in addition to those of their user.
    std::vector<std::string> allow_run_as_group = {};
    /// The directory of the secrets named by commands.
    std::string secrets_directory = {};
    /// The directory of a control group (v2) that this program may divide. Each run then has its
    /// own group in it, which nothing that it starts can leave. Empty: none.
    std::string control_group = {};
};

/// Runs Command tasks as child processes, without a thread per child.
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
/// Thread-safety: that of Runner. Has a thread of its own, which blocks all signals; the observer
/// is called on it, and for `started` on a thread that starts children; the events of a run are
/// reported one at a time. The clock must outlive it. The destructor kills children that are still
/// running and reports them; it must not be called by the observer.
class ProcessRunner final : public Runner {
public:
    /// Fails with `io_error` if the process cannot open more file descriptors or start threads.
    [[nodiscard]] static Result<std::unique_ptr<ProcessRunner>> make(
        Clock& clock, ProcessRunnerOptions options = {});
    ~ProcessRunner() override;
    ProcessRunner(const ProcessRunner&) = delete;
    ProcessRunner& operator=(const ProcessRunner&) = delete;

    void start(std::span<const Execution> executions, RunObserver& observer) override;
    void stop(const ExecutionId& execution, StopSignal signal) override;
    void adopt(std::span<const Execution> executions, RunObserver& observer) override;

private:
    struct Impl;
    explicit ProcessRunner(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;  // held by nobody else
};

}  // namespace quantum
