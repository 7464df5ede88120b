#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/crontab.hpp"
#include "config/crontab_line.hpp"

namespace quantum::config {

/// Up to the first blank.
[[nodiscard]] std::string_view first_word(std::string_view text);

/// The first part of the five fields that Quantum reads and cron does not: `a/n`, `L`, `W`, `#`.
[[nodiscard]] std::optional<Slice> find_extension(const Slice& schedule);

/// What cron takes in silence in an entry although it may not do what it seems to say: a `%`, a
/// sixth time field, a user name where there is no column for it, a line that seems to go on.
[[nodiscard]] std::vector<Finding> check_entry(const EntryText& entry, const CommandText& command,
                                               const CrontabOptions& options);

}  // namespace quantum::config
