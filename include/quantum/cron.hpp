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

/// Crontab expressions as pure civil values: no zone, no clock, no allocation.
/// A `Schedule` (quantum/schedule.hpp) is such an expression in a zone.
namespace quantum {

using cron::CronError;

/// "any" (a day must match one of its two fields) or "all" (both).
[[nodiscard]] std::optional<DayRule> day_rule_named(std::string_view word);
[[nodiscard]] std::string_view to_string(DayRule rule);

/// Reads an expression of fields, or a macro that stands for one.
/// `@reboot`, `@every` and dialects that are no fields are refused here: they are no civil times,
/// see `parse_schedule`. `name` is the job's, from which `~` and `H` are drawn.
[[nodiscard]] tl::expected<CronExpression, CronError> parse_cron(std::string_view text,
                                                                 Dialect dialect = Dialect::cron,
                                                                 std::string_view name = {});

/// The expression as text of a dialect, such that reading it gives an equal expression; empty if
/// the dialect has no words for it. (Drawn values of `~` and `H` come out as the numbers drawn.)
[[nodiscard]] std::optional<std::string> format_cron(const CronExpression& expression,
                                                     Dialect dialect = Dialect::cron);

}  // namespace quantum
