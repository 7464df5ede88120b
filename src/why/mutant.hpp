#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::why {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class WhyMutant : std::uint8_t {
    none,
    newest_definition_counts,  ///< an instant is judged by the definition of today
    ranges_not_looked_at,      ///< a due time inside a range has no row
    range_covers_any_instant,  ///< a range is about instants that are not due, too
    down_is_undecided,         ///< with nobody there a due time above the watermark is an alarm
    alarm_is_down,             ///< with somebody there a due time above the watermark is none
    retention_is_a_defect,     ///< what retention has removed was lost
    correction_is_a_defect,    ///< what a correction of the clock passed over was lost
    open_pause_is_a_defect,    ///< what falls into a pause that goes on was lost
    lost_is_explained,         ///< a due time that nothing explains has an explanation
    late_is_on_time,           ///< a late run is like any other
    start_not_told_from_end,   ///< what could not start has run and failed
    retry_is_a_failure,        ///< an execution that waits for its next attempt has ended
    first_field_only,          ///< only the first field that says no is named
    either_day_is_both,        ///< of two restricted day fields both must match
    second_pass_is_a_field,    ///< the second pass of a local time is refused by a field
    dates_pass,                ///< dates that are left out are not known
    window_passes,             ///< that a schedule begins or ends is not known
    future_pause_runs,         ///< what falls into a pause will run
    grace_not_asked,           ///< what is too late by then will be caught up
    covered_run_not_found,     ///< what covers a due time is not looked up
    overlap_not_found,         ///< the run in the way is not looked up
};

}  // namespace quantum::why
