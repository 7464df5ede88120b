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

#include "config/known_jobs.hpp"
#include "run/process/orphans.hpp"

namespace quantum {

enum class LogFormat : std::uint8_t { logfmt, json };

/// How many runs may share a tag at a time.
using TagLimits = std::map<std::string, std::size_t, std::less<>>;

/// What one job file says.
struct WantedFile {
    std::string path;         ///< as it is named; `Job::source` begins with it
    std::vector<Job> jobs{};  ///< of a bad file those that are good
    /// Why it is bad: the first error, and how many there are besides. Empty: it is good.
    std::string bad{};
};

/// What the job files say.
struct DesiredJobs {
    std::vector<WantedFile> files{};          ///< in the order in which they are named
    std::vector<std::string> allow_run_as{};  ///< besides those of DaemonOptions
    TagLimits tag_concurrency{};              ///< taken at the start only
};

/// What `quantum run` was asked for. The daemon knows no crontab syntax and no command line:
/// whoever calls it brings the jobs.
struct DaemonOptions {
    /// Reads the job files. Called once at start and once at each HUP and USR2, by the thread that
    /// called `run_daemon`: a slow file system delays no job. It is told of the jobs there are,
    /// since that one due once is over concerns only who has not had it.
    ///
    /// Warnings are the loader's to print. At a reload a bad file changes nothing. At a start each
    /// file stands for itself: a bad one keeps the jobs that the ledger has of it, and where it has
    /// none, its good ones run; the daemon ends with exit code 1 where that gives no job at all.
    /// A job is the same across reloads when its name is; `Job::source` says where it stands.
    std::function<DesiredJobs(const config::KnownJobs& known)> load_jobs;

    /// One bad file is enough for the start to end.
    bool strict = false;

    /// The state directory: where jobs and ledger are kept. None: nowhere, each start begins anew.
    std::optional<std::filesystem::path> state;
    /// Whether a new ledger may begin there although there has been one, and is none now.
    bool new_ledger = false;

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
