#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::run {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class RunMutant : std::uint8_t {
    none,
    stop_before_begin_starts,   ///< what was told to end before it began begins
    one_empty_look_is_enough,   ///< a process that was being forked at the look is missed
    kill_after_begins_anew,     ///< each further TERM puts off the KILL
    kill_after_is_fixed,        ///< `kill_after` of a command does not count
    timed_out_is_killed,        ///< a run that timed out counts as told to end
    ended_counts_as_timed_out,  ///< the timeout strikes what has ended by itself
    other_codes_fail,           ///< only code 0 is success
    success_after_term,         ///< a run that ends well after TERM has succeeded
    last_words_lost,            ///< what is in the pipe at the end is lost
    lingers_for_ever,           ///< a run waits for whoever holds its pipe
    timeout_lost_on_start,      ///< a timeout that passes while it starts is forgotten
    tree_left_alone,            ///< KILL goes to the group only
    waits_at_crash,             ///< what a crash left is waited for instead of ended
    own_word_at_crash_ignored,  ///< `on_crash` of a command does not count
    orphan_never_killed,        ///< an orphan that ignores TERM goes on
    first_end_is_the_end,       ///< the end of one process is the end of the run
    output_of_last_life_lost,   ///< what a lost run had said is lost
    stopped_process_stays,      ///< a stopped process is not woken to end
    session_not_looked_at,      ///< a process of another group of the session gets away
    name_not_looked_at,         ///< a process with a session of its own gets away
    grandchildren_get_away,     ///< only children of a member are members
    number_of_another,          ///< a process number that went to another is signalled
    anybody_is_allowed,         ///< a command may run as anybody
    path_shown,                 ///< a reason shows where PATH led
    any_group_is_allowed,       ///< a command may run in any group
    expired_account_runs,       ///< an account that has expired runs its commands
    securebits_stay,            ///< a child keeps the securebits of this process
    capabilities_stay,          ///< a child of an ordinary user keeps capabilities
    bounding_set_stays,         ///< it keeps those that files could give it
    scheduling_stays,           ///< a child is as important as this process
    limits_stay,                ///< a child has the limits of this process
    highest_number_is_a_user,   ///< the number that means nobody is a user
    own_variables_lose,         ///< a command may replace what it is told of its run
    newline_of_secret_kept,     ///< the newline at the end of a secret belongs to it
    values_of_file_shown,       ///< values of an environment file are not masked
    forsaken_without_end,       ///< processes that hold the pipe of an ended run are never let go
    exception_escapes_as_success,  ///< a function that throws has succeeded
    living_scheduler_not_asked,    ///< runs of a scheduler that lives are orphans
    orphan_of_any_user,            ///< a process that names the run is its own, whoever's it is
    tree_of_another_scheduler,  ///< a process that names the run belongs to it, whoever started it
    one_search_for_orphans,     ///< what orphans fork while they are told to end is not told
    stopped_orphan_stays,       ///< an orphan that is stopped does not hear that it is to end
    hanging_start_lives,        ///< a child that does not execute its program in time goes on
    one_user_takes_all_starts,  ///< starts of one user hold up those of all
    waits_behind_hanging_starts,   ///< what waits behind starts that hang does so without end
    stop_waits_for_start,          ///< a stop waits for a child that has not executed its program
    term_waits_for_search,         ///< TERM is sent when all processes have been looked at
    everybody_is_believed,         ///< what anybody writes into an environment is believed
    waits_for_each,                ///< processes that pretend to execute are waited for one by one
    raw_bytes_are_counted,         ///< what is escaped in the log counts as one byte
    execution_logs_without_end,    ///< one execution may fill the log at its rate for ever
    each_attempt_has_a_burst,      ///< attempts of one job each have a share of the log
    output_file_opened_late,       ///< the file of the output is opened on the loop
    descendants_of_orphans_stay,   ///< what an orphan started without its name stays
    environment_inherited,         ///< a command gets this program's variables too
    descriptors_stay,              ///< a command gets this program's descriptors too
    limits_not_set,                ///< the limits of a command are not set
    words_through_shell,           ///< the words of a command are read by a shell
    returned_error_is_success,     ///< an error that a function returns is no failure
    output_of_functions_unmasked,  ///< what is to be masked is shown in the output of functions
    output_ends_with_line,         ///< what a function writes after its last newline is lost
    calls_after_runner,            ///< a timer of a runner that is gone still calls
};

}  // namespace quantum::run
