#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/text_table.hpp"

namespace quantum::config {

/// The file's part of a job's name: "/etc/cron.d/backup" -> "backup", "site.crontab" -> "site".
/// Characters that are not allowed in a name become '_'.
[[nodiscard]] std::string file_stem(std::string_view path);

/// The command's part of a job's name: its letters and digits in lower case, the rest as single
/// '-'. A long command is reduced to what it is known by (see `gist_of`), of which the beginning
/// and the end are kept, and has a hash of the whole, so that different commands have different
/// names wherever they stand. A directory whose parts are run has its own name: "cron.daily".
[[nodiscard]] std::string slug(std::string_view command);

/// `x` of a comment `# name: x`; none for any other comment. The view is into `comment`.
[[nodiscard]] std::optional<std::string_view> name_comment(std::string_view comment);

/// Why `name` cannot be the name of a job; empty if it can.
[[nodiscard]] std::string name_fault(std::string_view name);

/// The names in one file: explicit ones as they are, derived ones with -2, -3 … if they are equal.
class NameTable {
public:
    /// The line that already uses `name`; or none, after assigning it to `line`.
    [[nodiscard]] std::optional<std::size_t> take(const std::string& name, std::size_t line);

    /// `name`, or `name-2`, `name-3` …: the first one that is free, assigned to `line`.
    [[nodiscard]] std::string derive(const std::string& name, std::size_t line);

private:
    /// Claims a name for `line` if it is free; returns whether it was.
    bool claim(std::string_view name, std::size_t line);

    base::TextTable<std::size_t> line_of_;
    base::TextTable<std::size_t> next_number_;
};

}  // namespace quantum::config
