#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/schedule.hpp"
#include "quantum/storage/storage.hpp"

#include "cli/api_commands.hpp"
#include "daemon/run_settings.hpp"

namespace quantum::cli {

/// The exit codes of the program.
inline constexpr int exit_ok = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_unreachable = 4;

/// The maximum number of due times per request.
inline constexpr std::int64_t max_count = 100'000;
inline constexpr std::int64_t default_count = 5;

struct RunOptions {
    daemon::RunSettings settings;  ///< as far as the command line names them
    std::string config;            ///< the configuration file; empty: the usual one, if it is used
    bool new_ledger = false;       ///< start over if the ledger is gone
};

struct CheckOptions {
    daemon::RunSettings settings;  ///< as far as the command line names them
    std::string config;            ///< as for `run`
    bool json = false;
};

struct NextOptions {
    std::string expression;
    Dialect dialect = Dialect::cron;
    std::string zone;  ///< empty: the machine's
    std::string name;
    std::optional<DayRule> days;   ///< none: the dialect's
    std::optional<WallTime> from;  ///< none: now
    std::int64_t count = default_count;
    bool json = false;
};

/// Print the explanation and the next five runs.
struct ExplainOptions {
    std::string expression;
    Dialect dialect = Dialect::cron;
    std::string zone;  ///< empty: the machine's
    std::string name;
    std::optional<DayRule> days;   ///< none: the dialect's
    std::optional<WallTime> from;  ///< none: now
    bool json = false;
};

/// Forecast what the jobs of some files would do.
struct SimulateOptions {
    daemon::RunSettings settings;  ///< as far as the command line names them
    std::string config;            ///< as for `run`
    std::optional<WallTime> from;  ///< inclusive; none: now
    WallTime until;                ///< exclusive
    std::string durations;         ///< a file; empty: runs take no time
    bool json = false;
};

struct HistoryOptions {
    std::string state;               ///< the directory; empty: the usual place
    std::optional<std::string> job;  ///< none: all jobs
    std::optional<WallTime> since;   ///< due at or after
    std::optional<WallTime> until;   ///< due before
    std::vector<EntryState> outcomes;
    std::size_t limit = 50;
    std::string before;     ///< ID of an entry, or its start: only older ones
    std::string zone;       ///< the zone of the instants shown; empty: the machine's
    bool attempts = false;  ///< one line per attempt
    bool json = false;
};

/// Print the output of a run.
struct LogsOptions {
    std::string state;   ///< the directory; empty: the usual place
    std::string target;  ///< a job, meaning its newest run, or the start of an ID
    std::optional<std::uint32_t> attempt{};  ///< none: the last one with output
    bool follow = false;
    bool json = false;
    bool raw = false;  ///< unchanged bytes
};

struct VerifyOptions {
    std::string state;
    bool json = false;
};

struct BackupOptions {
    std::string state;
    std::string file;
    bool json = false;
};

struct StatusOptions {
    std::string state;
    bool json = false;
};

/// Read or change the caller's own crontab.
struct CrontabOptions {
    bool edit = false;
    bool list = false;
    bool remove = false;
    std::string file;    ///< replace it by this file; "-": standard input
    std::string socket;  ///< of the daemon; empty: the usual one
};

struct BatchOptions {};
struct VersionOptions {};

using Options =
    std::variant<RunOptions, CheckOptions, NextOptions, BatchOptions, ExplainOptions,
                 SimulateOptions, HistoryOptions, LogsOptions, VerifyOptions, BackupOptions,
                 StatusOptions, CrontabOptions, VersionOptions, ApiCommand>;

// Each subcommand returns the exit code of the program.
[[nodiscard]] int run(const RunOptions& options);
[[nodiscard]] int check(const CheckOptions& options);
[[nodiscard]] int next(const NextOptions& options);
[[nodiscard]] int next_batch(const BatchOptions& options);
[[nodiscard]] int explain(const ExplainOptions& options);
[[nodiscard]] int simulate(const SimulateOptions& options);
[[nodiscard]] int history(const HistoryOptions& options);
[[nodiscard]] int logs(const LogsOptions& options);
[[nodiscard]] int verify(const VerifyOptions& options);
[[nodiscard]] int backup(const BackupOptions& options);
[[nodiscard]] int status(const StatusOptions& options);
[[nodiscard]] int crontab(const CrontabOptions& options);
[[nodiscard]] int version(const VersionOptions& options);

/// "quantum 0.1.0".
[[nodiscard]] std::string version_text();

}  // namespace quantum::cli
