#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"
#include "quantum/result.hpp"

#include "run/orphans.hpp"

namespace quantum {

enum class LogFormat : std::uint8_t { logfmt, json };

/// What the job files say.
struct WantedJobs {
    std::vector<Job> jobs;
    std::vector<std::string> allow_run_as{};  ///< besides those of DaemonOptions
    /// How many runs may share a tag at a time. Taken at the start only.
    std::map<std::string, std::size_t, std::less<>> tag_concurrency{};
};

/// What `quantum run` was asked for. The daemon knows no crontab syntax and no command line:
/// whoever calls it brings the jobs.
struct DaemonOptions {
    /// Reads the job files. Called once at start and once at each HUP, by the thread that called
    /// `run_daemon`: a slow file system delays no job.
    /// Warnings are the loader's to print. An error changes nothing: at start the daemon ends with
    /// exit code 1, at a reload it goes on with the jobs it has; either way the message is logged.
    /// A job is the same across reloads when its name is; `Job::source` says where it stands.
    std::function<Result<WantedJobs>()> load_jobs;

    /// The state directory: where jobs and ledger are kept. None: nowhere, each start begins anew.
    std::optional<std::filesystem::path> state;

    /// How long captured output and ended entries stay there.
    Duration keep_output = std::chrono::hours(24 * 7);
    Duration keep_ledger = std::chrono::hours(24 * 90);
    /// What is done to children that outlived an earlier life of the daemon.
    OnCrash on_crash = OnCrash::end;

    LogFormat log_format = LogFormat::logfmt;

    /// As whom jobs may run besides this program's own user; "*" is everybody.
    std::vector<std::string> allow_run_as;

    /// Whether this process takes in and reaps what its jobs leave behind (PR_SET_CHILD_SUBREAPER),
    /// and uses the control group that was handed to it: for a process that does nothing else.
    bool owns_process = false;

    /// What QUANTUM_NODE shows and logs carry; empty: the host's name.
    std::string node;

    /// How long running work may go on after the first TERM or INT; then TERM to each tree.
    Duration shutdown_grace = std::chrono::seconds(18);
    /// How long after that TERM the KILL comes.
    Duration shutdown_kill_after = std::chrono::seconds(8);

    /// Where log lines go; STDERR_FILENO unless a test looks at them. Not closed.
    int log_descriptor = 2;
};

/// Runs the jobs in the foreground until TERM, INT or QUIT (or HUP when the terminal closed).
///
/// HUP and USR2 have the files read again, USR1 writes to the log how things stand. Call it on the
/// main thread of a process that has started no threads: until it returns it takes over all signals
/// that would end the process, but for KILL. Returns the exit code of the process: 0 after a clean
/// stop, 1 when the jobs could not be loaded or the scheduler failed, 75 when another instance
/// holds the state directory.
[[nodiscard]] int run_daemon(const DaemonOptions& options);

}  // namespace quantum
