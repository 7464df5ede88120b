#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::simulation {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class SimulationMutant : std::uint8_t {
    none,
    advance_skips_timers,       ///< `advance` goes past timers in one stride
    step_moves_boot_clock,      ///< setting the wall clock moves the boot clock too
    suspend_stops_boot_clock,   ///< the boot clock does not count sleep
    first_set_last,             ///< of two timers for one instant the later set rings first
    terminate_always_works,     ///< a script that ignores TERM ends by it
    abandoned_goes_on,          ///< a runner of a dead process starts what it is given
    lost_answer_was_stored,     ///< a batch that was lost was stored
    refused_batch_is_stored,    ///< a batch that was refused was stored
    dead_process_still_writes,  ///< what a process has under way at its death still gets through
    runs_of_last_life_only,     ///< the checker sees what ran in the last life only
    same_ids_each_life,         ///< each life draws the ids of the life before
    faults_not_allowed_strike,  ///< faults that were left out strike
    crash_before_only,          ///< stages crash only before what they do
    held_work_runs,             ///< what is held back runs
    overlap_not_counted,        ///< a run beside another of its job is no overlap
    one_more_job_named,         ///< of a busy instant four jobs are named
    end_included,               ///< the last instant of a forecast is simulated too
};

}  // namespace quantum::simulation
