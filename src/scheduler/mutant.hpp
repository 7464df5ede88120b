#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::scheduler {

using base::mutated;

/// Deliberate mistakes in the scheduler; its tests must notice each of them.
enum class SchedulerMutant : std::uint8_t {
    none,
    claim_after_start,         ///< work begins before its claim is stored
    watermark_too_early,       ///< the watermark is stored before the last claim below it
    take_back_forgets,         ///< due times of a plan that was not stored are gone
    overlap_mark_kept,         ///< a run that has ended still counts as open
    effective_from_exclusive,  ///< a job does not count at the instant of its acceptance
    lost_wakeup,               ///< the end of a run wakes nobody
    unknown_as_failed,         ///< a lost answer counts as a refusal
    unknown_as_done,           ///< a lost answer counts as success
    started_kept_at_restart,   ///< what was started before a crash is never lost
    handed_out_twice,          ///< a run whose hand-over was repeated starts again
    grace_ignored,             ///< what is missed runs however late
    cap_ignored,               ///< `misfire_cap` does not count
    carry_overs_forgotten,     ///< due times of a replaced definition are not decided
    stale_definition,          ///< a replaced definition goes on
    paused_goes_on,            ///< a paused job goes on
    concurrency_ignored,       ///< runs start without a free slot
    acceptance_ignored,        ///< due times are decided while a change for them is on its way
    queue_lost_at_restart,     ///< after a crash a queue starts all it holds at once
    round_not_resent,        ///< what a crashed stage had sent to the storage is waited for in vain
    finish_lost_on_failure,  ///< the end of a run is gone where its batch was not stored
    queue_passes_rerun,      ///< after a crash a queue goes on before what is to run again
    missed_runs_obey_overlap,  ///< of several missed runs all but the first are skipped
    missed_all_run,            ///< `misfire = one` runs all that was missed
    step_back_silences,        ///< a clock set back an hour keeps running schedules silent for it
    step_back_repeats,         ///< a clock set back an hour repeats fixed times too
    correction_replayed,       ///< what a correction of the clock passed over counts as missed
    used_until_forgotten,      ///< after a crash fixed times before a step back count again
    timeout_from_hand_over,    ///< a function's timeout runs while it waits for a thread
    turn_not_given,            ///< nobody tells the next of a queue that it may start
    manual_run_vanishes,       ///< a run by hand whose claim was refused is forgotten
    refused_key_is_used,       ///< the key of a run by hand whose claim was refused counts as used
    refused_run_is_acknowledged,  ///< a run by hand whose claim was refused is acknowledged, and
                                  ///< forgotten
    step_lost_on_failure,   ///< the note of a step of the clock is gone where its batch was refused
    notes_lost_on_failure,  ///< audit notes are gone where their batch was refused
    watermark_kept_on_failure,    ///< the watermark of a batch that was refused counts
    carry_overs_lost_on_failure,  ///< due times of a replaced definition are gone where their batch
                                  ///< was refused
    retry_has_the_same_number,    ///< the next attempt has the number of the last
    batch_sent_with_new_id,       ///< a batch whose answer was lost is sent again as another
    refusal_after_lost_answer_counts,  ///< a refusal after a lost answer counts, though the batch
                                       ///< may be there
    fatal_is_tried_again,              ///< a storage that refused for good is asked again
    never_healed,                      ///< that the storage is well again is not told
    day_of_grace_is_an_hour,           ///< of a daily job what is missed runs for an hour only
    queue_takes_one_more,              ///< a queue holds one more than its limit
    missed_until_grace_ends,      ///< a due time that is missed by exactly its grace is skipped
    one_retry_more,               ///< one attempt more than allowed
    backoff_without_end,          ///< the backoff grows beyond `longest`
    killed_is_tried_again,        ///< what was told to end is tried again
    retry_at_next_due,            ///< a retry may begin at the next due time
    deleted_is_tried_again,       ///< a job that was deleted is tried again
    stuck_frees_its_slot,         ///< a function that hangs after its timeout frees its slot
    drain_kills_at_once,          ///< KILL follows TERM after two seconds, whatever was asked for
    less_patience_ignored,        ///< a second stop does not shorten the first
    fires_while_draining,         ///< due times fire during the drain
    drain_leaves_request,         ///< a run by hand that waits at a stop gets no answer
    old_definition_overwrites,    ///< a definition that arrives late replaces the newer
    small_changes_do_not_add_up,  ///< small changes of the clock never are a step
    release_before_last_run,      ///< the index of a deleted job goes while its run is open
    refused_change_stays,         ///< a change that was refused stays in the table
    actor_not_noted,              ///< who asked is not noted
    handles_run_out_unseen,       ///< one job more than there are handles is taken
    zero_limit_is_none,           ///< a limit of a tag holds one less
    later_due_goes_first,         ///< what waits longest is not the first in line
    step_back_while_down_unseen,  ///< a clock that was set back while nobody looked is not noticed
    keys_lost_at_restart,         ///< keys of runs by hand are forgotten at a restart
    key_kept_for_good,            ///< a key is good for longer than a day
    stop_waits_for_storage,       ///< a stop waits as long as the storage refuses
    unstored_ends_not_told,       ///< that ends could not be stored is not told
    storage_not_asked_again,      ///< before a stop gives up, the storage is not asked once more
    retries_at_once,              ///< a retry waits no longer than the job says
    ids_can_be_computed,          ///< whoever has seen one execution id knows the next
    each_adding_is_a_revision,    ///< adding a job again as it is makes a revision
    invalid_job_is_skipped,       ///< a configured job that is invalid lets the others start
    slow_subscriber_keeps_all,    ///< what a subscriber does not ask for is kept without end
    gap_not_told,                 ///< that a subscriber has missed events is not told
    demand_is_no_limit,           ///< a subscriber may hold more than its demand
    held_runs_stay_open,          ///< what a subscriber held when it went is not lost
    stale_revision_replaced,      ///< a definition replaces one that its author has not seen
    called_after_end,             ///< listeners and sinks are called after a stop has returned
    stop_waits_for_its_caller,    ///< a stop in a task waits for the task's own run
    function_gets_time_to_die,    ///< what cannot be killed is waited for as if it could be
    run_has_two_ends,             ///< a run that was given up as lost has another end later
    stuck_has_an_outcome,         ///< what is not an end has an outcome, and counts as one
    pipeline_waits_for_itself,    ///< calls on the pipeline's own thread are not refused
    drained_in_a_turn,            ///< the callback of a drain is called in a stage's handler
    start_is_waited_for,          ///< calls wait for a start however long it takes
    unbound_runs,                 ///< a job without a function runs, and fails
    stored_job_not_bound,         ///< a stored job gets nothing from the program's job of its name
    binding_is_a_revision,        ///< a job that gets its function is a new revision
    binding_not_told,             ///< what is due goes on waiting once the function is there
    binding_lost_on_failure,      ///< what waits is forgotten where the batch that starts it was
                                  ///< refused
    all_that_waited_run,          ///< whatever `misfire` says, all that waited for a function run
    unbound_waits_for_ever,   ///< what waited longer than its grace runs once the function is there
    unbound_is_not_stored,    ///< that a claim waits for a function is not stored
    unbound_claim_forgotten,  ///< after a crash what waited for a function waits for a slot only
    unbound_is_triggered,     ///< a run by hand of a job without a function is taken
    output_of_expired_lost,   ///< what a function wrote before its timeout is not kept
};

}  // namespace quantum::scheduler
