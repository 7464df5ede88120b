#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "quantum/detail/cron/expression.hpp"
#include "quantum/dialect.hpp"

namespace quantum::cron {

enum class CronErrorKind : std::uint8_t {
    none,
    empty_text,       ///< nothing but blanks
    missing_fields,   ///< the text ends before the dialect's fields are complete
    extra_fields,     ///< text after the last field
    empty_item,       ///< nothing between two commas, blanks or operators
    not_a_value,      ///< neither a number nor a name of this field
    out_of_range,     ///< a number outside the field's range
    reversed_range,   ///< 10-5, where the dialect does not wrap
    zero_step,        ///< */0
    bad_step,         ///< a `/` without a number after it, or after something that takes no step
    step_too_large,   ///< a step beyond the field's values
    not_in_dialect,   ///< a special of other dialects: ? H L W # ~
    bad_special,      ///< L, W, # or ~ in a meaningless form or position
    lone_special,     ///< L or # in a list, in a dialect that does not allow it
    day_rule,         ///< both day fields are restricted where exactly one may be
    unknown_macro,    ///< `@fortnightly`
    bad_interval,     ///< `@every` without a valid duration
    fine_interval,    ///< `@every` with a duration that is 0 or not a whole number of milliseconds
    bad_rate,         ///< rate(…) without a number and a unit
    bad_instant,      ///< at(…) without a date and time
    no_aws_form,      ///< neither cron(…) nor rate(…) nor at(…)
    bad_calendar,     ///< not a valid OnCalendar expression
    too_many_years,   ///< more separate years than an expression holds
    not_civil,        ///< `@reboot`, `@every`, a zone: a schedule, but not a civil expression
    never_matches,    ///< 30 February
    unknown_dialect,  ///< not a value of Dialect
};

/// Why a text is not an expression, and where. A literal type, because the parser may run in the
/// compiler.
struct CronError {
    CronErrorKind kind = CronErrorKind::none;
    bool in_field = false;  ///< `field` says which one
    Field field = Field::minute;
    std::uint32_t column = 1;  ///< 1-based, in bytes
    std::uint32_t length = 1;  ///< number of wrong bytes, at least 1

    friend constexpr bool operator==(const CronError&, const CronError&) = default;
};

/// "minute", "hour", "day", "month", "weekday", "year", "second".
[[nodiscard]] std::string_view to_string(Field field);

/// A message for people: what was found, what is allowed, and a suggested correction.
[[nodiscard]] std::string explain(const CronError& error, std::string_view text, Dialect dialect);

}  // namespace quantum::cron
