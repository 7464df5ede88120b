#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"
#include "quantum/result.hpp"

#include "config/job_file.hpp"
#include "config/known_jobs.hpp"
#include "run/process/orphans.hpp"
#include "server/http/control_options.hpp"

namespace quantum::daemon {

enum class LogFormat : std::uint8_t {
    text,     ///< a line for people
    logfmt,   ///< key=value
    json,     ///< an object a line
    journal,  ///< datagrams to the system journal
};

/// The maximum number of concurrent runs per tag.
using TagLimits = std::map<std::string, std::size_t, std::less<>>;

/// The contents of a job file.
struct WantedFile {
    std::string path;         ///< as given; `Job::source` starts with it
    std::vector<Job> jobs{};  ///< for a bad file, only the good ones
    /// Why it is bad: the first error and the number of further ones. Empty: it is good.
    std::string bad{};
    /// It belongs to somebody who must not hinder others: if it is bad, a reload leaves it as it
    /// is, and changes the other files; and it prevents no start.
    bool stands_alone = false;
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

/// The files that a reload concerns, by their paths as the loader gives them. None: all.
using FileScope = std::optional<std::set<std::string>>;

class Logger;
class ServiceManager;

/// What job files are read for.
struct LoadRequest {
    const config::KnownJobs& known;
    const FileScope& scope;
    Logger& logger;
};

/// Which files are reloaded when they have changed and then been left alone for a while.
struct WatchOptions {
    std::vector<std::string> paths{};  ///< files, and directories with their files
    /// Whether a file of this name in one of the directories counts.
    std::function<bool(const std::string& directory, std::string_view name)> takes{};
    /// How long they must be left alone: an editor or a package may write a file in several steps.
    Duration quiet = std::chrono::seconds(2);
};

struct UserCrontabOptions;

/// Where users read and change their crontabs.
struct CrontabService {
    std::filesystem::path socket;
    std::shared_ptr<const UserCrontabOptions> crontabs;
};

/// The options of `quantum run`. The daemon knows neither crontab syntax nor the command line: its
/// caller supplies the jobs.
struct DaemonOptions {
    /// Reads the job files. Called once at the start and at each reload, on the thread that called
    /// `run_daemon`, so that a slow file system does not delay jobs. It gets the existing jobs,
    /// because a one-shot in the past is an error only for a job that has not had it. Of the scope,
    /// a file that is gone from its directory is left out.
    ///
    /// The loader logs what is wrong with a file itself. At a reload, a bad file prevents any
    /// change. At a start, each file is handled separately: for a bad one, the jobs that the ledger
    /// has from it are kept, or if there are none, its good ones run; if this yields no job at all,
    /// the daemon exits with code 1. Jobs are identified across reloads by name; `Job::source` says
    /// where they are defined.
    std::function<DesiredJobs(const LoadRequest& request)> load_jobs;

    /// A change of these reloads them, and no others: not the ones that are bad for another reason,
    /// nor those that are reloaded only when somebody asks for it.
    WatchOptions watch{};

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
    bool log_colors = false;  ///< of `LogFormat::text`, for what needs attention
    std::string log_zone{};   ///< the time zone of `LogFormat::text`; empty: UTC
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

    /// None: nowhere. For root only.
    std::optional<CrontabService> crontab_service{};

    /// Who is told how the daemon gets on; null: nobody. It outlives the daemon.
    const ServiceManager* service_manager = nullptr;
    /// Where the control API is, and who may use it. Without a directory it is that of the state;
    /// without a state there is none.
    server::ControlOptions control{};
    /// How jobs that come by the API are read: whose they are, their zone and what they inherit.
    /// None: as this program's own, in UTC. May be called on any thread.
    std::function<config::JobFileOptions()> job_options;

    /// How long running jobs may continue after the first TERM or INT, before TERM is sent to each
    /// tree.
    Duration shutdown_grace = std::chrono::seconds(18);
    /// How long after that TERM the KILL is sent.
    Duration shutdown_kill_after = std::chrono::seconds(8);

    /// The descriptor for log lines: standard error, or a socket that is connected to the journal.
    /// Not closed.
    int log_descriptor = 2;
};

/// Runs the jobs in the foreground until TERM, INT or QUIT (or HUP after the terminal was closed).
///
/// HUP and USR2 reload all files, a change reloads those that are watched, USR1 logs the status.
/// Must be called on the main thread of a process that has not started any threads: until it
/// returns, it takes over all signals that would end the process, except KILL. Returns the exit
/// code of the process: 0 after a clean stop, 1 if the jobs could not be loaded or the scheduler
/// failed, 75 if another instance holds the state directory.
[[nodiscard]] int run_daemon(const DaemonOptions& options);

}  // namespace quantum::daemon
