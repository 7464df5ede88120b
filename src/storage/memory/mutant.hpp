#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::storage {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class MemoryMutant : std::uint8_t {
    none,
    batch_applied_twice,         ///< a batch that is sent again is applied again
    older_batch_taken,           ///< a batch from before the last one is taken
    two_entries_for_a_due_time,  ///< a due time may have two entries
    twice_within_a_batch,        ///< a batch may claim a due time twice
    watermark_never_falls,       ///< the watermark does not move backward
    decided_above_only,          ///< what ended exactly at the watermark is not told at the start
    first_step_told,             ///< the first step that was noted is told instead of the last
    drops_above_watermark,       ///< what is above the watermark is dropped
    attempt_not_counted,  ///< an entry that waits for its next attempt has the number of the last
    deleted_job_stays,    ///< a deleted job is told at the start
    limit_keeps_oldest,   ///< of too many entries the oldest are given
    output_without_end,   ///< captured output grows without end
    one_job_takes_all_output,  ///< the output of one job displaces that of all others
};

}  // namespace quantum::storage
