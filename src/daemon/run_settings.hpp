#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/command.hpp"
#include "quantum/dialect.hpp"

#include "daemon/daemon.hpp"

// The settings of `quantum run`. This is the only place that lists them: the command line has an
// option for each, and the configuration file a key.
namespace quantum::daemon {

/// Which changed files are reloaded without being asked to.
enum class Watched : std::uint8_t { none, crontabs, all };

/// A number of bytes, above 0.
struct Size {
    std::uint64_t bytes = 0;

    friend bool operator==(const Size&, const Size&) = default;
};

/// A setting that is not set has its default.
struct RunSettings {
    std::optional<std::vector<std::string>> files;     ///< and directories with files
    std::optional<bool> system;                        ///< crontabs have a user column
    std::optional<std::string> spool;                  ///< directory of users' crontabs
    std::optional<std::string> crontab_socket;         ///< for `quantum crontab`
    std::optional<Dialect> dialect;                    ///< of crontabs
    std::optional<std::string> tz;                     ///< of entries above any CRON_TZ
    std::optional<std::vector<std::string>> pass_env;  ///< names of variables, or "all"
    std::optional<bool> new_privileges;                ///< Command::new_privileges of each job
    std::optional<bool> strict;                        ///< do not start with a bad file
    std::optional<Watched> watch;
    std::optional<std::string> state;  ///< the state directory
    std::optional<bool> ephemeral;     ///< store nothing
    std::optional<Duration> keep_output;
    std::optional<Size> keep_output_size;
    std::optional<Duration> keep_ledger;
    std::optional<OnCrash> on_crash;
    std::optional<LogFormat> log_format;
    std::optional<Size> log_output_rate;             ///< per second
    std::optional<std::vector<std::string>> access;  ///< ROLE=NAME, of the control API
    std::optional<std::string> socket_mode;
    std::optional<std::string> socket_group;
    std::optional<std::string> listen;  ///< of the control API on TCP

    friend bool operator==(const RunSettings&, const RunSettings&) = default;
};

struct RunSetting {
    /// As a key; the option is the same with dashes: `keep_output`, `--keep-output`. The files
    /// themselves need no option.
    std::string_view name;
    std::variant<std::optional<bool> RunSettings::*, std::optional<std::string> RunSettings::*,
                 std::optional<std::vector<std::string>> RunSettings::*,
                 std::optional<Duration> RunSettings::*, std::optional<Size> RunSettings::*,
                 std::optional<Dialect> RunSettings::*, std::optional<Watched> RunSettings::*,
                 std::optional<OnCrash> RunSettings::*, std::optional<LogFormat> RunSettings::*>
        member;
    std::string_view kind;      ///< what stands for its value in the help; empty for a flag
    std::string_view fallback;  ///< its default, where that is a word
    std::string_view help;
};

inline constexpr std::array run_settings{
    RunSetting{"files", &RunSettings::files, "", "",
               "Crontabs, job files (*.toml), and directories of such files"},
    RunSetting{"system", &RunSettings::system, "", "",
               "The files have a user name before each command, like /etc/crontab"},
    RunSetting{
        "spool", &RunSettings::spool, "DIR", "",
        "Also run users' crontabs, one file per user, as in /var/spool/cron/crontabs (root)"},
    RunSetting{"crontab_socket", &RunSettings::crontab_socket, "PATH", "",
               "Where `quantum crontab` reaches the spool (default: /run/quantum/crontab.sock)"},
    RunSetting{"dialect", &RunSettings::dialect, "NAME", "cron",
               "Dialect of crontabs: cron, or seconds, with a field for seconds in front"},
    RunSetting{"tz", &RunSettings::tz, "ZONE", "",
               "Time zone of entries above any CRON_TZ (default: the machine's)"},
    RunSetting{"pass_env", &RunSettings::pass_env, "NAME", "",
               "Pass this environment variable, or 'all', to jobs (repeatable)"},
    RunSetting{"new_privileges", &RunSettings::new_privileges, "", "",
               "Allow programs such as sudo to raise the privileges of jobs"},
    RunSetting{"strict", &RunSettings::strict, "", "", "Fail to start if any file is bad"},
    RunSetting{"watch", &RunSettings::watch, "WHAT", "crontabs",
               "Which files are reloaded when they change: none, crontabs, or all with job files"},
    RunSetting{"state", &RunSettings::state, "DIR", "", "State directory (default: see below)"},
    RunSetting{"ephemeral", &RunSettings::ephemeral, "", "",
               "Store nothing: each start begins from scratch, without history"},
    RunSetting{"keep_output", &RunSettings::keep_output, "DURATION", "7d",
               "How long to keep captured output"},
    RunSetting{"keep_output_size", &RunSettings::keep_output_size, "SIZE", "1GiB",
               "Maximum size of captured output in total; at most a quarter of it per job"},
    RunSetting{"keep_ledger", &RunSettings::keep_ledger, "DURATION", "90d",
               "How long to keep entries after they have ended"},
    RunSetting{"on_crash", &RunSettings::on_crash, "NAME", "end",
               "What to do with children that outlived a crash of this program"},
    RunSetting{"log_format", &RunSettings::log_format, "NAME", "",
               "Format of the log (default: text on a terminal, journal for systemd, or logfmt)"},
    RunSetting{
        "log_output_rate", &RunSettings::log_output_rate, "SIZE", "64KiB",
        "Output logged per second and job; bursts up to 16 times, executions 256 times that"},
    RunSetting{"access", &RunSettings::access, "ROLE=NAME", "",
               "Give a user or @group a role on the socket: read, operate, admin (repeatable)"},
    RunSetting{"socket_mode", &RunSettings::socket_mode, "MODE", "0600",
               "Mode of the control socket; 0660 or 0666 let others connect"},
    RunSetting{"socket_group", &RunSettings::socket_group, "GROUP", "",
               "Group of the control socket"},
    RunSetting{"listen", &RunSettings::listen, "ADDRESS:PORT", "",
               "Serve the control API on this loopback address too, for tokens"},
};

/// A word, and the value that it stands for.
template <class Value>
struct SettingWord {
    std::string_view word;
    Value value;
};

inline constexpr std::array dialect_words{SettingWord<Dialect>{"cron", Dialect::cron},
                                          SettingWord<Dialect>{"seconds", Dialect::seconds}};
inline constexpr std::array watch_words{SettingWord<Watched>{"none", Watched::none},
                                        SettingWord<Watched>{"crontabs", Watched::crontabs},
                                        SettingWord<Watched>{"all", Watched::all}};
inline constexpr std::array crash_words{SettingWord<OnCrash>{"end", OnCrash::end},
                                        SettingWord<OnCrash>{"wait", OnCrash::wait}};
inline constexpr std::array log_words{SettingWord<LogFormat>{"text", LogFormat::text},
                                      SettingWord<LogFormat>{"logfmt", LogFormat::logfmt},
                                      SettingWord<LogFormat>{"json", LogFormat::json},
                                      SettingWord<LogFormat>{"journal", LogFormat::journal}};

[[nodiscard]] constexpr std::span<const SettingWord<Dialect>> words_of(Dialect) {
    return dialect_words;
}
[[nodiscard]] constexpr std::span<const SettingWord<Watched>> words_of(Watched) {
    return watch_words;
}
[[nodiscard]] constexpr std::span<const SettingWord<OnCrash>> words_of(OnCrash) {
    return crash_words;
}
[[nodiscard]] constexpr std::span<const SettingWord<LogFormat>> words_of(LogFormat) {
    return log_words;
}

}  // namespace quantum::daemon
