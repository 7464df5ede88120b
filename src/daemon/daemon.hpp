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

namespace quantum::daemon {

enum class LogFormat : std::uint8_t { logfmt, json };

/// The maximum number of concurrent runs per tag.
using TagLimits = std::map<std::string, std::size_t, std::less<>>;

/// The contents of a job file.
struct WantedFile {
    std::string path;         ///< as given; `Job::source` starts with it
    std::vector<Job> jobs{};  ///< for a bad file, only the good ones
    /// Why it is bad: the first error and the number of further ones. Empty: it is good.
    std::string bad{};
    std::uint64_t fingerprint = 0;  ///< of its text; see `config::LoadedFile`
};

/// The contents of all job files.
struct DesiredJobs {
    std::vector<WantedFile> files{};          ///< in the given order
    std::vector<std::string> allow_run_as{};  ///< in addition to those in DaemonOptions
    std::vector<std::string> allow_run_as_group{};
    TagLimits tag_concurrency{};  ///< applied only at the start
    /// What else decides what the files mean: the default zone, a user column, and so on.
    std::string read_as{};
};

/// The options of `quantum run`. The daemon knows neither crontab syntax nor the command line: its
/// caller supplies the jobs.
struct DaemonOptions {
    /// Reads the job files. Called once at the start and at each HUP and USR2, on the thread that
    /// called `run_daemon`, so that a slow file system does not delay jobs. It gets the existing
    /// jobs, because a one-shot in the past is an error only for a job that has not had it.
    ///
    /// The loader prints warnings itself. At a reload, a bad file prevents any change. At a start,
    /// each file is handled separately: for a bad one, the jobs that the ledger has from it are
    /// kept, or if there are none, its good ones run; if this yields no job at all, the daemon
    /// exits with code 1. Jobs are identified across reloads by name; `Job::source` says where they
    /// are defined.
    std::function<DesiredJobs(const config::KnownJobs& known)> load_jobs;

    /// A single bad file makes the start fail.
    bool strict = false;

    /// The state directory for jobs and the ledger. None: nothing is stored, and each start begins
    /// from scratch.
    std::optional<std::filesystem::path> state;
    /// Whether a new ledger may be created if there has been one but it is gone.
    bool new_ledger = false;

    /// How long captured output and ended entries are kept there.
    Duration keep_output = std::chrono::hours(24 * 7);
    Duration keep_ledger = std::chrono::hours(24 * 90);
    /// The maximum number of bytes of captured output kept there in total; a quarter of it per job.
    std::uint64_t keep_output_size = std::uint64_t{1} << 30U;
    /// What happens to children that outlived an earlier instance of the daemon.
    OnCrash on_crash = OnCrash::end;

    LogFormat log_format = LogFormat::logfmt;
    /// Bytes a second of one job's output in the log; 16 times that at once, 256 times that of one
    /// execution.
    std::uint64_t log_output_rate = std::uint64_t{64} * 1024;

    /// Whom jobs may run as, apart from this program's own user; "*" means everybody.
    std::vector<std::string> allow_run_as;
    std::vector<std::string> allow_run_as_group{};  ///< in addition to the user's own groups

    /// Whether this process adopts and reaps processes left behind by its jobs
    /// (PR_SET_CHILD_SUBREAPER), uses the control group delegated to it, hides its memory from
    /// other processes of its user (PR_SET_DUMPABLE) and does not pass its scheduling on to its
    /// jobs: for a process that does nothing else.
    bool owns_process = false;

    /// The value of QUANTUM_NODE and of the node in logs; empty: the host name.
    std::string node;

    /// How long running jobs may continue after the first TERM or INT, before TERM is sent to each
    /// tree.
    Duration shutdown_grace = std::chrono::seconds(18);
    /// How long after that TERM the KILL is sent.
    Duration shutdown_kill_after = std::chrono::seconds(8);

    /// The descriptor for log lines; STDERR_FILENO except in tests. Not closed.
    int log_descriptor = 2;
};

/// Runs the jobs in the foreground until TERM, INT or QUIT (or HUP after the terminal was closed).
///
/// HUP and USR2 reload the files, USR1 logs the status. Must be called on the main thread of a
/// process that has not started any threads: until it returns, it takes over all signals that would
/// end the process, except KILL. Returns the exit code of the process: 0 after a clean stop, 1 if
/// the jobs could not be loaded or the scheduler failed, 75 if another instance holds the state
/// directory.
[[nodiscard]] int run_daemon(const DaemonOptions& options);

}  // namespace quantum::daemon
