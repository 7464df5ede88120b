#pragma once

#include <vector>

#include "quantum/dialect.hpp"

#include "config/crontab_line.hpp"

namespace quantum::config {

/// What the five fields of an entry say that hardly anybody means: a step that starts over unevenly
/// or never gets anywhere, two day fields of which either is enough, a day that few months have.
/// `schedule`: the fields of an entry that parses; an `@word` has no findings.
[[nodiscard]] std::vector<Finding> check_schedule(const Slice& schedule,
                                                  Dialect dialect = Dialect::cron);

}  // namespace quantum::config
