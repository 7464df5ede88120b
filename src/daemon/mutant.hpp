#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::daemon {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class DaemonMutant : std::uint8_t {
    none,
    plan_not_compared,                  ///< a reload takes other files than were planned
    kill_after_ignored,                 ///< `shutdown_kill_after` does not count
    second_signal_waits,                ///< a second signal does not skip the wait
    reload_in_drain_kills,              ///< HUP and USR2 during the drain kill what runs
    failure_is_success,                 ///< exit code 0 though the scheduler has failed
    failure_while_stopping_is_success,  ///< exit code 0 though the scheduler failed in its stop
    failure_noticed_by_signal_only,     ///< a failure is noticed at the next signal only
    refused_reload_counts,              ///< what a refused reload had read counts
    reload_is_forgotten,                ///< the next reload compares with the files of the start
    users_not_renewed,                  ///< users that a reload allows are not allowed
    closed_terminal_reloads,            ///< the HUP of a closing terminal reloads
    usr1_ends_it,                       ///< USR1 ends the daemon
    limits_swapped,                     ///< the limits of ledger and output are swapped
    tag_limits_not_given,               ///< limits of tags do not count
    one_pass_a_life,                    ///< old history is removed at the start only
    pass_ends_after_one_step,           ///< a pass of retention ends after its first step
    busy_schedule_never_prunes,         ///< a busy schedule puts retention off for ever
    damage_is_a_warning,                ///< that the ledger is damaged is a warning
    crash_looks_no_closer,              ///< after a crash the ledger is not checked
    reboot_at_reload,                   ///< an `@reboot` that a reload brings runs
    reboot_at_each_start,               ///< an `@reboot` runs at each start
    bad_file_loses_its_jobs,            ///< the jobs that the ledger has of a bad file are removed
    bad_file_mixes,               ///< of a bad file good lines run beside what the ledger has of it
    memory_is_open,               ///< other processes of its user may read its memory
    kept_user_not_allowed,        ///< a job kept from the ledger may not run as its user
    paths_as_written,             ///< `./jobs` and `jobs` are two files
    strict_is_not,                ///< `--strict` starts beside a bad file
    nothing_to_run_is_a_start,    ///< a start goes on though no file gives a job
    bad_file_said_once,           ///< that a file is bad is not said at a reload
    dropped_lines_not_told,       ///< that lines of the log were dropped is not said
    failure_is_information,       ///< a run that failed is logged as one that succeeded
    signals_still_end,            ///< signals that mean nothing end the daemon
    signal_during_a_call_lost,    ///< what comes while a call waits for the storage is forgotten
    end_waits_for_a_call,         ///< a signal to end waits for a call that waits for the storage
    log_out_of_order,             ///< lines stand in the log in the order in which they came
    clock_back_never_shown,       ///< times in the log stand still after a clock was set back
    control_thread_not_asked,     ///< a daemon whose control thread hangs says that it runs
    stored_pause_is_a_boot,       ///< a pause without a daemon makes `@reboot` jobs run again
    stored_resume_skips_nothing,  ///< what a pause skipped while nobody ran leaves no row
    too_much_waits_an_hour,       ///< output that is too much stays until the next pass is due
    bad_directory_loses_its_jobs,  ///< the jobs of a directory that cannot be read are removed
    part_of_the_files_is_all,      ///< a reload of some files removes the jobs of the others
    half_written_file_read,        ///< a file is read while it is being written
    execution_before_the_start,    ///< an execution is logged before the start of the scheduler
    storage_thread_not_asked,      ///< a daemon whose storage thread hangs is fed by its watchdog
    each_status_told,              ///< each change is told to the service manager
    bad_file_of_a_user_hinders,    ///< a user's bad crontab prevents a reload of all files
    crontabs_for_everybody,        ///< cron.allow and cron.deny do not count
    crontab_changed_meanwhile,     ///< a crontab replaces one that its author has not seen
    crontab_not_checked,           ///< a user's crontab with errors is installed
    crontab_connections_without_end,  ///< one user may take all connections for crontabs
    crontab_changes_without_end,      ///< a user may change his crontab all the time
    settings_file_wins,               ///< the configuration file goes before the command line
    reloaded_file_read_again,         ///< a file that a signal has reloaded is reloaded once more
};

}  // namespace quantum::daemon
