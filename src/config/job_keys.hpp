#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The keys of job files. This is the only place that lists them.
namespace quantum::config {

/// Where a key may be used.
enum class Use : std::uint8_t {
    any,      ///< in every job, and as a default
    command,  ///< in jobs with commands, and as a default for these
    own,      ///< only in a job itself: schedule and task
    own_command,
};

/// What stands there.
enum class KeyType : std::uint8_t {
    text,
    texts,  ///< a list of strings; of `schedule` also a single one
    word,   ///< one of a few, which the help lists
    flag,
    count,  ///< a whole number
    counts,
    duration,  ///< "1h30m"
    octal,
    instant,  ///< RFC 3339
    dates,    ///< YYYY-MM-DD
    table,
    duration_or_table,
    text_or_table,
};

[[nodiscard]] std::string_view to_string(KeyType type);

/// A key of a job: the one description that the reader of job files, the API and its documentation
/// share.
struct JobKey {
    std::string_view name;
    Use use;
    KeyType type;
    std::string_view usual;  ///< what holds without it; empty: nothing
    std::string_view help;
};

inline constexpr std::array job_keys{
    JobKey{"schedule", Use::own, KeyType::texts, "",
           "the expression, or a list of expressions that form one set of due times"},
    JobKey{"command", Use::own, KeyType::texts, "",
           "the program and its arguments; no shell is involved"},
    JobKey{"shell", Use::own, KeyType::text, "", "a command line, run as SHELL -c LINE"},
    JobKey{"http", Use::own, KeyType::table, "", "an HTTP request"},
    JobKey{"zone", Use::any, KeyType::text, "the machine's", "the time zone of the expressions"},
    JobKey{"dialect", Use::any, KeyType::word, "cron", "the dialect of the expressions"},
    JobKey{"days", Use::any, KeyType::word, "the dialect's",
           "any, all: how many of two restricted day fields a day must match"},
    JobKey{"dst", Use::any, KeyType::word, "vixie",
           "vixie, robfig, quartz, quantum: sets both of the following"},
    JobKey{"dst_gap", Use::any, KeyType::word, "end",
           "end, shift, skip: local times that do not exist"},
    JobKey{"dst_repeat", Use::any, KeyType::word, "auto",
           "auto, first, second, both, none: local times that come twice"},
    JobKey{"from", Use::own, KeyType::instant, "none", "only due times from this instant on"},
    JobKey{"until", Use::own, KeyType::instant, "none", "only due times before this instant"},
    JobKey{"except_dates", Use::any, KeyType::dates, "none",
           "dates in the job's zone on which nothing is due"},
    JobKey{"run_if_past", Use::own, KeyType::flag, "false",
           "a single instant that has passed runs at once, instead of being an error"},
    JobKey{"state", Use::any, KeyType::word, "active", "active, inactive"},
    JobKey{"misfire", Use::any, KeyType::word, "one", "one, all, skip: which missed due times run"},
    JobKey{"misfire_cap", Use::any, KeyType::count, "100",
           "with all, the most that run after one gap"},
    JobKey{"grace", Use::any, KeyType::duration, "half the interval to the next due time",
           "how late a missed due time may still run"},
    JobKey{"overlap", Use::any, KeyType::word, "skip",
           "allow, skip, queue, replace: what happens while an earlier run is open"},
    JobKey{"queue", Use::any, KeyType::count, "1", "with queue, the most that wait"},
    JobKey{"tags", Use::any, KeyType::texts, "none",
           "runs of jobs with the same tag share its limit"},
    JobKey{"jitter", Use::any, KeyType::duration, "none",
           "the longest delay between due time and start"},
    JobKey{"retries", Use::any, KeyType::count, "0",
           "the most further attempts after one failed or timed out"},
    JobKey{"backoff", Use::any, KeyType::duration_or_table, "10s, doubling, at most 1h",
           "the delay before a retry, or a table of first, factor, longest, jitter"},
    JobKey{"retry_past_next", Use::any, KeyType::flag, "false",
           "retries continue after the next due time"},
    JobKey{"on_lost", Use::any, KeyType::word, "record",
           "record, rerun: what happens to a run whose end was not observed"},
    JobKey{"timeout", Use::any, KeyType::duration, "none; requests: 1m",
           "the longest that an attempt may take"},
    JobKey{"output_file", Use::any, KeyType::text_or_table, "none",
           "a file to which output is appended, or a table of path, max_size, keep"},
    JobKey{"secrets_directory", Use::any, KeyType::text, "none",
           "the directory of the files that secrets and secret_headers name"},
    JobKey{"kill_after", Use::command, KeyType::duration, "10s", "the time between TERM and KILL"},
    JobKey{"input", Use::own_command, KeyType::text, "none", "the text on standard input"},
    JobKey{"env", Use::command, KeyType::table, "none", "environment variables"},
    JobKey{"env_file", Use::command, KeyType::text, "none",
           "a file of NAME=value lines, read at each start"},
    JobKey{"secrets", Use::command, KeyType::table, "none",
           "environment variables and the files that hold their values"},
    JobKey{"working_directory", Use::command, KeyType::text, "HOME", "where it runs"},
    JobKey{"user", Use::command, KeyType::text, "the program's",
           "the user it runs as; must be in allow_run_as"},
    JobKey{"group", Use::command, KeyType::text, "the user's", "the group it runs as"},
    JobKey{"umask", Use::command, KeyType::octal, "022", "the file mode mask, in octal"},
    JobKey{"nice", Use::command, KeyType::count, "0", "-20 to 19"},
    JobKey{"limits", Use::command, KeyType::table, "none",
           "a table of address_space, cpu, open_files, processes, file_size, core_size"},
    JobKey{"new_privileges", Use::command, KeyType::flag, "false",
           "set-user-ID programs may raise its privileges"},
    JobKey{"success_codes", Use::command, KeyType::counts, "0", "the exit codes that mean success"},
    JobKey{"on_crash", Use::command, KeyType::word, "--on-crash",
           "end, wait: what happens to what it left when the program died"},
};

inline constexpr std::array<std::string_view, 5> file_keys{"allow_run_as", "allow_run_as_group",
                                                           "tag_concurrency", "defaults", "jobs"};
inline constexpr std::array<std::string_view, 4> backoff_keys{"first", "factor", "longest",
                                                              "jitter"};
inline constexpr std::array<std::string_view, 3> output_file_keys{"path", "max_size", "keep"};
inline constexpr std::array<std::string_view, 6> limit_keys{
    "address_space", "cpu", "open_files", "processes", "file_size", "core_size"};
inline constexpr std::array<std::string_view, 10> request_keys{
    "url",    "method",  "headers",   "secret_headers",  "body",
    "status", "ca_file", "redirects", "local_redirects", "max_response"};
inline constexpr std::array<std::string_view, 2> secret_header_keys{"secret", "before"};

/// All settings of a job: "retries", and those in nested tables as "backoff.first",
/// "http.secret_headers.before".
[[nodiscard]] std::vector<std::string> job_key_paths();

}  // namespace quantum::config
