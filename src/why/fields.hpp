#pragma once

#include <chrono>
#include <string>

#include "quantum/schedule.hpp"

namespace quantum::why {

/// Which fields of a crontab expression say no to a local time, largest first, as clauses of a
/// sentence: "the minute field `*/20` allows 0, 20, 40". Empty: all of them say yes.
///
/// `text` is the expression as written, in `dialect`; where its fields cannot be told apart, only
/// the values are named.
[[nodiscard]] std::string refusing_fields(const CronExpression& expression, std::string_view text,
                                          Dialect dialect, std::chrono::local_seconds local);

}  // namespace quantum::why
