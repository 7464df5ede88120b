#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::explain_detail {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class ExplainMutant : std::uint8_t {
    none,
    week_of_month_shifted,     ///< the days 2 to 8 are the first week
    thirtieth_of_february,     ///< nothing is said of February for a 30th
    week_ends_on_sunday,       ///< a row of weekdays does not go over the end of the week
    either_told_as_both,       ///< that one of two day fields is enough is not said
    years_not_told,            ///< the years are not told
    last_minute_of_window,     ///< a window ends with its last hour
    uneven_gap_not_told,       ///< that the last gap of a day is another is not said
    second_not_told,           ///< the second of runs at several minutes is not told
    step_of_two_values,        ///< a step counts though the last gap is another
    repeat_told_of_any_pass,   ///< what runs in both passes is told to run in one
    gap_of_running_hour_told,  ///< a gap is told of a running hour
    instants_in_utc,           ///< instants are told in UTC
    short_months_listed,       ///< a month that lacks the only day is listed with the others
    february_forgotten,        ///< of several days that months lack only the 31st is told
    until_is_from,             ///< the end of a window is told as its beginning
};

}  // namespace quantum::explain_detail
