#pragma once

#include <span>
#include <string>
#include <vector>

#include "quantum/job.hpp"

namespace quantum::config {

/// What a reload changes. Jobs are the same when their names are.
struct JobDiff {
    std::vector<Job> added;            ///< in the order of the new jobs
    std::vector<Job> changed;          ///< as they are now, in the order of the new jobs
    std::vector<std::string> removed;  ///< names, in the order of the old jobs
    std::vector<std::string> unchanged;

    [[nodiscard]] bool empty() const { return added.empty() && changed.empty() && removed.empty(); }
};

/// True if both are the same definition: a new line number in the source is no change, and a
/// function is never the same as another.
[[nodiscard]] bool same_definition(const Job& a, const Job& b);

/// Names are unique on each side.
[[nodiscard]] JobDiff diff_jobs(std::span<const Job> old_jobs, std::span<const Job> new_jobs);

}  // namespace quantum::config
