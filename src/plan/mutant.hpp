#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::plan {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class PlanMutant : std::uint8_t {
    none,
    period_is_closed,          ///< what is due at the end of the period counts
    pause_runs,                ///< what falls into a pause counts
    inactive_runs,             ///< a job that is inactive has due times
    moved_across_days,         ///< due times of different days are paired
    anchor_begins_anew,        ///< an interval that stays as it is counts from now
    day_of_change_multiplied,  ///< a day on which clocks change has as many due times as any other
    zone_is_no_change,         ///< another zone is not told
    rename_not_seen,           ///< a new name for the same job is not told
    running_not_told,          ///< what of a deleted job is running is not told
    digest_of_names,           ///< the digest is of the names of files and not of their texts
    digest_without_state,      ///< the digest does not know the jobs that were compared with
    start_decides_nothing,     ///< a start decides nothing about missed due times
};

}  // namespace quantum::plan
