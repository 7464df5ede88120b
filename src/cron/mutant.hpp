#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::cron {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class CronMutant : std::uint8_t {
    none,
    rate_of_any_number,       ///< `rate(5 minute)` and `rate(1 minutes)` are rates
    rate_of_an_hour,          ///< an hour of `rate` has 60 seconds
    leap_second_in_at,        ///< `at` takes a second 60
    column_from_zero,         ///< columns of what is wrong inside the brackets count from 0
    prev_includes_now,        ///< `prev` may give the time itself
    leap_days_from_any_year,  ///< of a common year the next leap day is looked for four years on
    last_time_left_out,       ///< the last time of a day is not found from itself
    year_begins_where_it_is,  ///< after a year that is not allowed the search goes on in its month
    earlier_day_of_month_lost,  ///< backwards the rest of the month is passed over
    year_70_is_2070,            ///< a year of two digits from 70 on is in this century
    fraction_cut,               ///< the seventh digit of a second does not round
    month_end_of_31,            ///< 29 to 31 days before the end of a month are taken
    range_end_above_step,       ///< the end of a range stays where no step reaches it
    timestamp_in_named_zone,    ///< `@` seconds are read in the zone that stands behind
    sunday_is_lost,             ///< Sunday is no day of the week
    two_in_a_row_are_a_range,   ///< two values in a row are printed as a range
    sunday_of_specials_is_0,    ///< the last Sunday is printed as 0L
    printed_star_of_seconds,    ///< every second that was written out is printed as 00/1
    reversed_hint_to_sunday,    ///< the hint for `5-0` goes to the end of the week twice
    kubernetes_week_of_eight,   ///< a stepped week of kubernetes goes on to Sunday as 7
};

}  // namespace quantum::cron
