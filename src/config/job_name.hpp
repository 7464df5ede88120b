#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/text_table.hpp"

namespace quantum::config {

/// The file's part of a job's name: "/etc/cron.d/backup" -> "backup", "site.crontab" -> "site".
/// What may not stand in a name becomes '_'.
[[nodiscard]] std::string file_stem(std::string_view path);

/// The command's part of a job's name: its letters and digits in lower case, the rest as single
/// '-'. A slug that had to be cut ends in a hash of the whole command, so that commands which
/// differ late have different names wherever they stand in the file.
[[nodiscard]] std::string slug(std::string_view command);

/// `x` of a comment `# name: x`; none for any other comment. The view is into `comment`.
[[nodiscard]] std::optional<std::string_view> name_comment(std::string_view comment);

/// Why `name` cannot be a job's name; empty if it can.
[[nodiscard]] std::string name_fault(std::string_view name);

/// The names of one file: written ones as they are, derived ones with -2, -3 … where equal.
class NameTable {
public:
    /// The line that already carries `name`, or none: then it is taken for `line`.
    [[nodiscard]] std::optional<std::size_t> take(const std::string& name, std::size_t line);

    /// `name`, or `name-2`, `name-3` …: the first that is free, taken for `line`.
    [[nodiscard]] std::string derive(const std::string& name, std::size_t line);

private:
    /// Whether it was free. The number is then its own.
    bool claim(std::string_view name, std::size_t line);

    TextTable<std::size_t> line_of_;
    TextTable<std::size_t> next_number_;
};

}  // namespace quantum::config
