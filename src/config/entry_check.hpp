#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/crontab.hpp"
#include "config/crontab_line.hpp"

namespace quantum::config {

/// The text up to the first blank.
[[nodiscard]] std::string_view first_word(std::string_view text);

/// The first part of the five fields that Quantum supports and cron does not: `a/n`, `L`, `W`, `#`.
[[nodiscard]] std::optional<Slice> find_extension(const Slice& schedule);

/// What to do about a line that has a time field more or less than crontabs of this dialect have;
/// to be added to a message. Empty: it does not look like one.
[[nodiscard]] std::string field_hint(const EntryText& entry, const CrontabOptions& options);

/// Finds what cron accepts silently in an entry although it may not do what it seems to say: a `%`,
/// a sixth time field, a user name without a user column, a line that seems to continue.
[[nodiscard]] std::vector<Finding> check_entry(const EntryText& entry, const CommandText& command,
                                               const CrontabOptions& options);

}  // namespace quantum::config
