#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::times {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class TimesMutant : std::uint8_t {
    none,
    offset_the_other_way,   ///< a time zone west of Greenwich is read as one east of it
    half_hours_lost,        ///< the minutes of an offset are not shown
    day_of_60_seconds,      ///< a minute in a duration is a second
    past_time_is_to_come,   ///< a bare time of day in a question about the past is the next one
    duration_always_back,   ///< a duration in a question about the future lies back
    sign_not_heard,         ///< `-2h` and `2h` are the same in a question about the future
    second_pass_forgotten,  ///< a local time that is shown twice is its first instant only
    gap_not_said,           ///< that a local time does not exist is not said
    today_is_utc,           ///< `today` is the day in Greenwich
    date_dropped_too_soon,  ///< a time of another week is shown by its weekday only
};

}  // namespace quantum::times
