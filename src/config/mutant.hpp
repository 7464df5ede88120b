#pragma once

#include <cstdint>

#include "base/mutant.hpp"

namespace quantum::config {

using base::mutated;

/// Deliberate mistakes in this room; its tests must notice each of them.
enum class ConfigMutant : std::uint8_t {
    none,
    finished_is_taken_over,   ///< a one-shot with a new instant stays finished
    pause_lost_at_a_change,   ///< a job that was switched off by hand goes on when its file changes
                              ///< it
    others_jobs_are_removed,  ///< jobs that no file defines are removed
    moved_job_is_unchanged,   ///< a job that another file has taken over keeps its first source
    later_limit_counts,       ///< of the limits of a tag in two files the later counts
    earlier_limit_counts,     ///< of the limits of a tag in two files the earlier counts
    users_of_first_file_only,  ///< users that a second file allows are not allowed
    name_of_two_files_taken,   ///< two files may give the same name
    warnings_are_errors,       ///< a warning makes a file bad
    unreadable_is_good,        ///< a file that cannot be read is not bad
    second_assignment_lost,    ///< of two assignments of a variable the first counts
    escaped_percent_in_input,  ///< in the input `\%` stays as it is
    last_newline_left_out,     ///< input that ends without a newline gets none
    every_takes_no_word,       ///< `@every` takes the command for its duration
    user_is_part_of_command,   ///< of a system file the user is a part of the command
    same_number_twice,         ///< the third command of a name gets the number of the second
    units_in_any_order,        ///< `1m1h` is a duration
    sum_overflows,             ///< a duration beyond the end of the clock wraps around
    unknown_key_taken,         ///< a key that nobody knows is no error
    users_name_anything,       ///< a user's crontab may give a name of another's
    parts_not_named,           ///< a command of run-parts is not named by its directory
    any_name_in_directory,     ///< in a directory a file of any name is read
};

}  // namespace quantum::config
