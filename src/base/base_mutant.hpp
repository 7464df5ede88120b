#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::base {

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class BaseMutant : std::uint8_t {
    none,
    stale_handle_cancels,     ///< the handle of a timer that is gone cancels the one in its place
    equal_times_last_first,   ///< of timers for one instant the later added rings first
    hole_not_filled_upwards,  ///< after a cancellation the heap is mended downwards only
    backward_step_unheard,    ///< a clock set back is no step
    step_told_again,          ///< each wake-up tells of the same step
    not_armed_after_step,     ///< a timer that the kernel cancelled is not set again
    added_runs_at_once,       ///< a callback that adds timers keeps the loop for itself
    forgotten_while_running,  ///< ignore_steps does not wait for the listener that runs
    ends_under_callback,      ///< the destructor does not wait for the callback that runs
    long_delay_is_none,       ///< a delay beyond the end of the clock rings at once
    cancelled_still_armed,    ///< the kernel timer stays set for a timer that was cancelled
    nearest_directory_only,   ///< only the directory that holds the file is looked at
    open_directory_trusted,   ///< a directory that others may write to is trusted
    sticky_directory_distrusted,   ///< the sticky bit of a directory does not count
    group_may_write,               ///< a file that its group may write to is trusted
    second_name_trusted,           ///< a file with several names is trusted
    secret_for_everybody,          ///< a secret that everybody can read is taken
    owner_not_asked,               ///< a file of any owner is trusted
    directory_owner_not_asked,     ///< a file in a directory of any owner is trusted
    fifo_waited_for,               ///< opening a FIFO waits for its writer
    link_followed,                 ///< links of anybody are followed to what must be trusted
    second_name_of_link_followed,  ///< so is a second name of root's link where others make files
    link_of_user_leads_anywhere,   ///< a user's link leads to files that are not the user's
    made_in_sticky_directory,      ///< root makes files where others do
    opened_file_not_looked_at,     ///< what is opened need not be what was looked at
    fraction_padded,               ///< a fraction keeps the zeros at its end
    signals_reach_threads,         ///< signals may be delivered to threads of the loop
    early_instant_disarms,         ///< a timer for 1970 is switched off instead of ringing at once
    bytes_pass_in_json,            ///< what is no text stands in JSON as it is
    lines_share_a_text,            ///< a job's origin is told without its line
};

}  // namespace quantum::base
