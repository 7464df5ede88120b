#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::scheduler {

/// Mistakes that the scheduler does not make; its tests must notice each.
enum class SchedulerMutant : std::uint8_t {
    none,
    claim_after_start,         ///< work begins before its claim is stored
    watermark_too_early,       ///< the watermark is stored before the last claim below it
    take_back_forgets,         ///< due times of a round that was not stored are gone
    overlap_mark_kept,         ///< a run that has ended still counts as open
    effective_from_exclusive,  ///< a job does not count at the instant of its acceptance
    lost_wakeup,               ///< the end of a run wakes nobody
    unknown_as_failed,         ///< a lost answer counts as a refusal
    unknown_as_done,           ///< a lost answer counts as success
    started_kept_at_restart,   ///< what was started before a crash is never lost
    handed_out_twice,          ///< a run whose hand-over was repeated starts again
    grace_ignored,             ///< what is missed runs however late
    cap_ignored,               ///< `misfire_cap` does not count
    leftovers_forgotten,       ///< due times of a replaced definition are not decided
    stale_definition,          ///< a replaced definition goes on
    paused_goes_on,            ///< a paused job goes on
    concurrency_ignored,       ///< runs start without a free place
    acceptance_ignored,        ///< due times are decided while a change for them is on its way
    queue_lost_at_restart,     ///< after a crash a queue starts all it holds at once
    round_not_resent,        ///< what a crashed stage had sent to the storage is waited for in vain
    finish_lost_on_failure,  ///< the end of a run is gone where its batch was not stored
    missed_runs_obey_overlap,  ///< of several missed runs all but the first are skipped
    missed_all_run,            ///< `misfire = one` runs all that was missed
    step_back_silences,        ///< a clock set back an hour keeps running schedules silent for it
    step_back_repeats,         ///< a clock set back an hour repeats fixed times too
    correction_replayed,       ///< what a correction of the clock passed over counts as missed
    used_until_forgotten,      ///< after a crash fixed times before a step back count again
    timeout_from_hand_over,    ///< a function's timeout runs while it waits for a thread
    turn_not_given,            ///< nobody tells the next of a queue that it may start
};

}  // namespace quantum::scheduler
