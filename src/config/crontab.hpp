#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/dialect.hpp"
#include "quantum/schedule.hpp"

#include "config/diagnostic.hpp"

namespace quantum::config {

/// Variables in the order in which they were first set; each name occurs once.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// Sets `name`, keeping its position if it is already set.
void set_variable(Environment& environment, std::string_view name, std::string_view value);

/// None if `name` is not set.
[[nodiscard]] std::optional<std::string_view> find_variable(const Environment& environment,
                                                            std::string_view name);

/// An assignment in the file, as read by cron.
struct CrontabAssignment {
    std::size_t line = 0;
    std::string name;
    std::string value;
};

/// A line that runs something.
struct CrontabEntry {
    std::size_t line = 0;
    std::string name;                  ///< the job's
    Schedule schedule;                 ///< in the zone in force at this line
    std::string user;                  ///< system crontabs only
    std::size_t user_column = 1;       ///< 1-based, in bytes
    std::size_t command_column = 1;    ///< 1-based, in bytes
    std::string raw_command;           ///< as written in the file, including `%`
    std::string command;               ///< passed to the shell
    std::optional<std::string> input;  ///< passed to its standard input
    /// The file's own assignments in force at this line; shared with nearby lines, because most
    /// files have one set for thousands of lines. Never null.
    std::shared_ptr<const Environment> assignments;
    /// True if neither it, nor its name, nor any assignment that applies to it has an error.
    bool good = true;
};

/// A parsed crontab. It is bad if the diagnostics contain an error: `entries` then contains what
/// could be read nevertheless; those that are good could be run.
struct Crontab {
    std::vector<CrontabEntry> entries;
    std::vector<CrontabAssignment> assignments;
    std::vector<Diagnostic> diagnostics;  ///< in the order of the lines
};

struct CrontabOptions {
    std::string_view stem = "crontab";  ///< the file's part of job names; see file_stem
    bool system = false;                ///< a user name precedes each command
    std::string_view zone = "UTC";      ///< used if the file does not set CRON_TZ
    std::string_view account = {};      ///< the name of the user who runs this, for hints
    /// Of a user's own crontab: names that it gives begin with "OWNER:" too. Empty: it is nobody's.
    std::string_view owner = {};
    Dialect dialect = Dialect::cron;  ///< or `seconds`, which has a field more, in front

    [[nodiscard]] std::size_t field_count() const { return dialect == Dialect::seconds ? 6 : 5; }
    [[nodiscard]] std::string_view field_count_word() const {
        return dialect == Dialect::seconds ? "six" : "five";
    }
};

/// Parses a crontab by cron's rules, and also reports what cron would not. Never fails: every
/// problem is a diagnostic with its line and column.
///
/// Errors: what cron rejects, an unknown zone, a name that is already used, bytes that are not
/// text. Warnings: what cron accepts silently although it does not do what it seems to say, such as
/// an unescaped `%`, a variable in a value, a carriage return, a missing final newline.
[[nodiscard]] Crontab parse_crontab(std::string_view text, const CrontabOptions& options = {});
/// The same, but each entry is passed on as it is read, and none is kept.
[[nodiscard]] Crontab parse_crontab(std::string_view text, const CrontabOptions& options,
                                    const std::function<void(CrontabEntry)>& take);

}  // namespace quantum::config
