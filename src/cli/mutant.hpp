#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::cli {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class CliMutant : std::uint8_t {
    none,
    pages_not_checked,         ///< `verify` passes a file whose pages are damaged
    findings_are_success,      ///< `verify` exits with 0 in spite of findings
    live_scheduler_not_asked,  ///< beside a live scheduler the present is not judged
    degraded_is_success,       ///< `status` exits with 0 for a scheduler that is degraded
    stopped_is_success,        ///< `status` exits with 0 where nobody runs
    limit_keeps_oldest,        ///< of too many rows the oldest are shown
    page_of_one_more,          ///< a page holds one row more than asked for
    misspelt_job_has_no_runs,  ///< a job that never was has no runs
    outcomes_in_a_heap,        ///< rows of several outcomes are not in the order of their due times
    decision_is_the_start,     ///< a lateness that is not known is shown as if it were
    cut_not_told,              ///< where output was cut is not said
    character_cut_in_two,      ///< a character that two pieces share is cut in two
    last_attempt_only,         ///< output of an earlier attempt is not looked for
    attempt_never_made,        ///< an attempt that was never made has no output
    warnings_not_counted,      ///< a file with warnings is said to be without problems
    failed_backup_is_success,  ///< `backup` exits with 0 though it failed
    problems_not_logged,       ///< what is wrong in a file is not logged
    system_runs_as_root_only,  ///< with --system no line runs as its user
    crash_word_lost,           ///< `--on-crash` does not count
    closed_output_is_success,  ///< a closed standard output goes unnoticed
    suspended_is_success,      ///< `status` exits with 0 for a scheduler that a signal has stopped
    follows_for_ever,          ///< `logs -f` goes on when the scheduler is gone
    bad_file_is_success,       ///< `status` exits with 0 though files are bad
    hung_is_success,           ///< `status` of a daemon that does not answer is a success
    escapes_pass,              ///< a terminal is given what others wrote as it is
};

}  // namespace quantum::cli
