#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "quantum/detail/cron/dialects.hpp"
#include "quantum/detail/cron/error.hpp"
#include "quantum/detail/cron/expression.hpp"
#include "quantum/detail/cron/literal.hpp"
#include "quantum/detail/cron/parser.hpp"

/// Crontab expressions as pure values in civil time: no zone, no clock, no allocation.
/// A `Schedule` (quantum/schedule.hpp) combines such an expression with a zone.
namespace quantum {

using cron::CronError;

/// "any" (a day must match one of its two fields) or "all" (both).
[[nodiscard]] std::optional<DayRule> day_rule_named(std::string_view word);
[[nodiscard]] std::string_view to_string(DayRule rule);

/// Parses an expression of fields, or a macro that stands for one. `@reboot`, `@every` and dialects
/// without fields are rejected because they have no civil times; use `parse_schedule` for them.
/// `name` is the job's name, which determines the values of `~` and `H`.
[[nodiscard]] tl::expected<CronExpression, CronError> parse_cron(std::string_view text,
                                                                 Dialect dialect = Dialect::cron,
                                                                 std::string_view name = {});

/// Formats the expression in a dialect such that parsing the result yields an equal expression.
/// Empty if the dialect cannot express it. (`~` and `H` are written as the values chosen for them.)
[[nodiscard]] std::optional<std::string> format_cron(const CronExpression& expression,
                                                     Dialect dialect = Dialect::cron);

}  // namespace quantum
