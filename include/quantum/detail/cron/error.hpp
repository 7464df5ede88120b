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
    bad_step,         ///< a `/` without a number after it, or on something that takes no step
    step_too_large,   ///< a step beyond the field's values
    not_in_dialect,   ///< a special of other dialects: ? H L W # ~
    bad_special,      ///< L, W, # or ~ in a form or place that means nothing
    lone_special,     ///< L or # in a list, where the dialect allows no list
    day_rule,         ///< both day fields say something where exactly one may
    unknown_macro,    ///< `@fortnightly`
    bad_interval,     ///< `@every` without a duration that can be read
    fine_interval,    ///< `@every` with a duration that is no whole number of milliseconds, or 0
    bad_rate,         ///< rate(…) without a number and a unit
    bad_instant,      ///< at(…) without a date and time
    no_aws_form,      ///< neither cron(…) nor rate(…) nor at(…)
    bad_calendar,     ///< no OnCalendar form
    too_many_years,   ///< more separate years than an expression holds
    not_civil,        ///< `@reboot`, `@every`, a zone: a schedule, but no civil expression
    never_matches,    ///< 30 February
    unknown_dialect,  ///< a dialect value that is none
};

/// Why a text is no expression, and where. A literal type: the parser may run in the compiler.
struct CronError {
    CronErrorKind kind = CronErrorKind::none;
    bool in_field = false;  ///< `field` says which one
    Field field = Field::minute;
    std::uint32_t column = 1;  ///< 1-based, in bytes
    std::uint32_t length = 1;  ///< bytes that are wrong, at least 1

    friend constexpr bool operator==(const CronError&, const CronError&) = default;
};

/// "minute", "hour", "day", "month", "weekday", "year", "second".
[[nodiscard]] std::string_view to_string(Field field);

/// The sentence for a person: what stands there, what is allowed, what was probably meant.
[[nodiscard]] std::string explain(const CronError& error, std::string_view text, Dialect dialect);

}  // namespace quantum::cron
