#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::sqlite {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class SqliteMutant : std::uint8_t {
    none,
    name_kept_after_rollback,  ///< a name that a refused batch brought counts as stored
    watermark_not_stored,      ///< the watermark is not stored
    boot_not_stored,           ///< of which boot a start was is not stored
    attempt_lost,         ///< an entry that waits for its next attempt has the number of the last
    attempt_without_row,  ///< an attempt that is tried again has no row of its own
    later_start_is_the_first,  ///< the start of a later attempt counts as the start
    begun_not_stored,        ///< with a step of the clock the pass in which all began anew is lost
    end_of_unknown_taken,    ///< the end of an entry that is not open is taken
    duplicate_is_a_failure,  ///< a due time that is stored twice is a failure to be tried again
    old_revision_dropped,    ///< a definition that is replaced is forgotten
    audit_dropped,           ///< who did what is not noted
    finish_after_claims,     ///< an end may name a claim of its own batch
    decided_above_only,      ///< what ended exactly at the watermark is not told at the start
    keys_kept_for_an_hour,   ///< keys of runs by hand are told at the start for an hour only
    keys_kept_for_good,      ///< keys of runs by hand are told at the start for longer than a day
    step_not_told,           ///< the last step of the clock is not told at the start
    until_included,          ///< entries due at the end of a query are given
    hour_before_1970,        ///< hours before 1970 are read wrongly
    state_forgotten_by_job,  ///< asked by job, the state does not count
    prunes_above_watermark,  ///< retention takes what is above the watermark
    one_step_a_pass,         ///< retention ends after one step
    edge_not_told,           ///< the edge of retention is not noted
    columns_of_steps_left_empty,  ///< the step from version 5 to 6 leaves the columns of clock
                                  ///< steps empty
    retry_times_left_behind,   ///< the step from version 6 to 7 loses when the next attempt is due
    newer_tables_taken,        ///< a ledger of a newer version is opened
    another_ledger_taken,      ///< a file that was put in the ledger's place is written to
    log_not_written_again,     ///< what a failed sync left in the log is believed
    starts_in_a_lost_place,    ///< claims are taken though the directory is another one
    lost_log_unseen,           ///< that the log was removed is not noticed
    told_degraded_for_good,    ///< that it is well again is not told to others
    stopped_holder_unseen,     ///< a holder that a signal has stopped seems to run
    forged_ledger_believed,    ///< root believes a ledger that others can have written
    backup_anywhere,           ///< a copy may be put into directories of others
    lost_lock_unseen,          ///< without the lock's file nobody holds the state
    output_without_end,        ///< output is kept however much there is
    one_job_takes_all_output,  ///< output of one job drives out that of all others
    files_for_everybody,       ///< others may read the ledger
    cover_of_a_claim_lost,     ///< of a claim that is coalesced later it is lost what covers it
    endings_not_looked_for,    ///< an execution is not found by the end of its ID
    ranges_by_their_begin,     ///< a range is found only by the due time at which it begins
    notes_of_all_jobs,         ///< notes are those of every job, whichever was asked about
};

}  // namespace quantum::sqlite
