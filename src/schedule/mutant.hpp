#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::schedule {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class ScheduleMutant : std::uint8_t {
    none,
    interval_from_anchor,            ///< the anchor itself is a due time
    interval_back_to_anchor,         ///< seen backwards the anchor is a due time
    interval_same_again,             ///< a due time of an interval comes again
    once_again,                      ///< what runs once runs at every look
    window_end_included,             ///< a window holds its end
    window_begin_left_out,           ///< a window does not hold its beginning
    parts_not_anchored,              ///< intervals in a union keep their own anchor
    zone_is_no_difference,           ///< schedules of two zones are equal
    dst_is_no_difference,            ///< schedules with other DST words are equal
    fraction_forgotten_backwards,    ///< seen backwards from within a second it is skipped
    dates_in_utc,                    ///< excluded dates are those of UTC
    left_out_though_due,             ///< what one part leaves out counts though another is due
    quartz_runs_first,               ///< the DST word `quartz` runs the first pass
    running_minute_first_pass_only,  ///< `*/20 2` runs in one pass of a repeated hour
    gap_shifts_running_hour,         ///< a running hour runs what a gap swallows
    gap_not_seen_backwards,          ///< seen backwards what a gap swallowed is gone
    shift_by_offset_after,           ///< `gap = shift` moves by the offset from after
    left_out_though_instant_due,     ///< a gap is told as left out though its end is due
    zone_of_text_loses,              ///< a zone in the text gives way to the one of the options
    day_rule_beside_star,            ///< the day rule counts beside a `*`
    one_too_many,                    ///< `at_most` lets one more through
};

}  // namespace quantum::schedule
