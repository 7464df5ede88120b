#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quantum/schedule.hpp"

#include "config/diagnostic.hpp"

namespace quantum::config {

/// Variables in the order in which they were first set; each name once.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// Sets `name`, in its old place where it is already set.
void set_variable(Environment& environment, std::string_view name, std::string_view value);

/// None if `name` is not set.
[[nodiscard]] std::optional<std::string_view> find_variable(const Environment& environment,
                                                            std::string_view name);

/// One assignment of the file, as cron reads it.
struct CrontabAssignment {
    std::size_t line = 0;
    std::string name;
    std::string value;
};

/// One line that runs something.
struct CrontabEntry {
    std::size_t line = 0;
    std::string name;                  ///< the job's
    Schedule schedule;                 ///< in the zone in force at this line
    std::string user;                  ///< system crontabs only
    std::size_t user_column = 1;       ///< 1-based, in bytes
    std::size_t command_column = 1;    ///< 1-based, in bytes
    std::string raw_command;           ///< as it stands in the file, `%` and all
    std::string command;               ///< what the shell gets
    std::optional<std::string> input;  ///< what its standard input gets
    /// The file's own assignments in force at this line; shared with the lines around it, because
    /// most files have one set for thousands of lines. Never null.
    std::shared_ptr<const Environment> assignments;
    /// Neither it, nor its name, nor an assignment that holds here has an error.
    bool good = true;
};

/// A crontab file, read. With an error among the diagnostics it is bad: `entries` are then what
/// could be read all the same, of which those that are good could be run.
struct Crontab {
    std::vector<CrontabEntry> entries;
    std::vector<CrontabAssignment> assignments;
    std::vector<Diagnostic> diagnostics;  ///< in the order of the lines
};

struct CrontabOptions {
    std::string_view stem = "crontab";  ///< the file's part of the names of jobs; see file_stem
    bool system = false;                ///< a user name stands before each command
    std::string_view zone = "UTC";      ///< what holds where the file sets no CRON_TZ
    std::string_view account = {};      ///< the name of the user who runs this, for hints
};

/// Reads the text of a crontab file by cron's rules, and reports what cron would not: it never
/// fails, every problem is a diagnostic with its line and column.
///
/// An error: what cron refuses, an unknown zone, a name that is taken, bytes that are no text.
/// A warning: what cron takes in silence although it does not do what it seems to say, such as an
/// unescaped `%`, a variable in a value, a carriage return, a missing last newline.
[[nodiscard]] Crontab parse_crontab(std::string_view text, const CrontabOptions& options = {});
/// The same, but each entry is handed on as it is read, and none is kept.
[[nodiscard]] Crontab parse_crontab(std::string_view text, const CrontabOptions& options,
                                    const std::function<void(CrontabEntry)>& take);

}  // namespace quantum::config
