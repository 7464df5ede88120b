#pragma once

#include <string>
#include <vector>

#include "quantum/job.hpp"

namespace quantum {

/// Jobs to put and jobs to delete, in one change.
struct JobChanges {
    std::vector<Job> put = {};             ///< added, or replacing those with the same names
    std::vector<std::string> remove = {};  ///< names; unknown ones are ignored
    /// Each change is recorded as an audit note with the actor "file:" and the file named in the
    /// job's source. If there are more than 1,000 at once, there is one note for all puts and one
    /// for all deletions.
    bool from_files = false;
};

}  // namespace quantum
