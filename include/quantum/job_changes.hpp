#pragma once

#include <string>
#include <vector>

#include "quantum/job.hpp"

namespace quantum {

/// Jobs to put and jobs to delete, as one change.
struct JobChanges {
    std::vector<Job> put = {};             ///< added, or in place of the one of their name
    std::vector<std::string> remove = {};  ///< names; one that nobody has is nothing
    /// Each change leaves an audit note, by "file:" and the file that the job's source names. Of
    /// more than 1,000 at once there is one note for all that are put and one for all that go.
    bool from_files = false;
};

}  // namespace quantum
