#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::verify {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class VerifyMutant : std::uint8_t {
    none,
    same_id_not_seen,               ///< two entries may have one execution id
    watermark_may_fall,             ///< the watermark may go back without a step of the clock
    unknown_job_forgiven,           ///< an entry of a job that never was is let be
    begin_before_plan,              ///< work may begin before it was to start
    begin_after_end,                ///< work may begin after it has ended
    begin_need_not_be_told,         ///< when work began need not be told
    restart_explains_any_lateness,  ///< after a restart a run may be as late as it likes
    open_after_restart,             ///< what ran when the scheduler died may stay open
    timeout_need_not_end,           ///< a run may go on beyond its timeout
    waits_for_ever,                 ///< a claim may wait beyond its grace
    waiting_attempt_is_open,    ///< a claim that waits for its next attempt is open for too long
    skip_may_run,               ///< of a job with `misfire = skip` what is missed may run
    all_of_one_may_run,         ///< of a job with `misfire = one` all that is missed may run
    cap_not_asked,              ///< `misfire_cap` is not asked for
    anything_may_be_coalesced,  ///< what was not missed may be coalesced
    runs_may_overlap,           ///< runs of one job may overlap
    queue_in_any_order,         ///< a queue may run in any order
    limit_is_one_more,          ///< one run more than the limit may go on
    lost_run_keeps_its_place,   ///< a lost run takes its place until its end was told
    line_behind_excuses,        ///< what waits behind a run is in its way
    first_come_first_matched,   ///< a row keeps the chance that another row cannot do without
    shared_count_not_asked,     ///< what two rows may share they may count as they like
    only_newest_by_hand,        ///< by hand only the newest definition of an instant may decide
    pause_not_known,            ///< what falls into a pause was lost
    newest_life_counts,         ///< of two definitions of one number only the newer may decide
    all_that_waited_may_run,    ///< all that waited for a function may run, whatever `misfire` says
    unbound_skip_needs_no_grace,  ///< what waits for a function may be given up at once
};

}  // namespace quantum::verify
