#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/job.hpp"
#include "quantum/result.hpp"

namespace quantum::config {

/// What files change of the jobs there are. Jobs are the same when their names are.
struct JobDiff {
    std::vector<Job> added;            ///< in the order of the new jobs
    std::vector<Job> changed;          ///< as they are now, in the order of the new jobs
    std::vector<std::string> removed;  ///< names, in the order of the old jobs
    std::vector<std::string> unchanged;

    [[nodiscard]] bool empty() const { return added.empty() && changed.empty() && removed.empty(); }
};

/// True for what a file defined: its source names the file. What the API ("api:...") or a program
/// (empty) made stays as it is when files change.
[[nodiscard]] bool is_of_file(const Job& job);

/// The file of a job's source, without the line.
[[nodiscard]] std::string source_file(const Job& job);

/// True if both are the same definition, whether or not they are paused: a new line number in the
/// source is no change, an interval's anchor neither, and a function is never the same as another.
[[nodiscard]] bool same_definition(const Job& job, const Job& other);

/// Compares the jobs there are with those that files define; names are unique on each side. A job
/// that has moved to another file has changed: that file rules it now.
/// `switched_by_hand` says of an old job whether its state is somebody's decision since the file
/// was read: then it survives. Error: `already_exists` where a file names a job that is no file's.
[[nodiscard]] Result<JobDiff> diff_jobs(
    std::span<const JobRef> old_jobs, std::vector<Job> new_jobs,
    const std::function<bool(const Job& old_job)>& switched_by_hand);

}  // namespace quantum::config
