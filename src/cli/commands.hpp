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
inline constexpr int exit_differences = 3;
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
    std::optional<DayRule> days;  ///< none: the dialect's
    std::string from;             ///< a time; empty: now
    std::int64_t count = default_count;
    bool json = false;
};

/// Print the explanation and the next five runs.
struct ExplainOptions {
    std::string expression;
    Dialect dialect = Dialect::cron;
    std::string zone;  ///< empty: the machine's
    std::string name;
    std::optional<DayRule> days;  ///< none: the dialect's
    std::string from;             ///< a time; empty: now
    bool json = false;
};

/// Forecast what the jobs of some files would do.
struct SimulateOptions {
    daemon::RunSettings settings;  ///< as far as the command line names them
    std::string config;            ///< as for `run`
    std::string from;              ///< a time, inclusive; empty: now
    std::string until;             ///< a time, exclusive
    std::string durations;         ///< a file; empty: runs take no time
    bool json = false;
};

struct HistoryOptions {
    std::string state;               ///< the directory; empty: the usual place
    std::optional<std::string> job;  ///< none: all jobs
    std::string since;               ///< a time: due at or after; empty: any
    std::string until;               ///< a time: due before; empty: any
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
    std::string at;    ///< of a job: the run due at this time; empty: the newest
    std::string zone;  ///< of `at`; empty: the job's
};

/// Explain why a job ran, or did not.
struct WhyOptions {
    std::string state;       ///< the directory; empty: the usual place
    std::string target;      ///< a job, or an execution
    std::string time;        ///< empty: the last due time and the next
    std::string since;       ///< a period instead: every due time from then on …
    std::string until;       ///< … up to then; empty: now
    std::string zone;        ///< of the times; empty: the job's
    std::size_t limit = 20;  ///< of the due times
    bool json = false;
};

/// Show what files would change.
struct PlanOptions {
    daemon::RunSettings settings;  ///< as far as the command line names them
    std::string config;            ///< as for `run`
    std::string until;             ///< compare due times up to this time; empty: 30 days
    bool is_start = false;         ///< what a start would catch up instead
    bool json = false;
};

struct VerifyOptions {
    std::string state;
    std::string since;  ///< a time: only what was due at or after it; empty: all that is kept
    std::string zone;   ///< of `since`; empty: the machine's
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

using Options = std::variant<RunOptions, CheckOptions, NextOptions, BatchOptions, ExplainOptions,
                             SimulateOptions, HistoryOptions, LogsOptions, WhyOptions, PlanOptions,
                             VerifyOptions, BackupOptions, StatusOptions, CrontabOptions,
                             VersionOptions, ApiCommand>;

// Each subcommand returns the exit code of the program.
[[nodiscard]] int run(const RunOptions& options);
[[nodiscard]] int check(const CheckOptions& options);
[[nodiscard]] int next(const NextOptions& options);
[[nodiscard]] int next_batch(const BatchOptions& options);
[[nodiscard]] int explain(const ExplainOptions& options);
[[nodiscard]] int simulate(const SimulateOptions& options);
[[nodiscard]] int history(const HistoryOptions& options);
[[nodiscard]] int logs(const LogsOptions& options);
[[nodiscard]] int why(const WhyOptions& options);
[[nodiscard]] int plan(const PlanOptions& options);
[[nodiscard]] int verify(const VerifyOptions& options);
[[nodiscard]] int backup(const BackupOptions& options);
[[nodiscard]] int status(const StatusOptions& options);
[[nodiscard]] int crontab(const CrontabOptions& options);
[[nodiscard]] int version(const VersionOptions& options);

/// "quantum 0.1.0".
[[nodiscard]] std::string version_text();

}  // namespace quantum::cli
