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

/// How files change the existing jobs. Jobs are identified by name.
struct JobDiff {
    std::vector<Job> added;            ///< in the order of the new jobs
    std::vector<Job> changed;          ///< their new definitions, in the order of the new jobs
    std::vector<std::string> removed;  ///< names, in the order of the old jobs
    std::vector<std::string> unchanged;

    [[nodiscard]] bool empty() const { return added.empty() && changed.empty() && removed.empty(); }
};

/// True if the job was defined by a file: its source names the file. Jobs created by the API
/// ("api:...") or a program (empty source) are not affected when files change.
[[nodiscard]] bool is_of_file(const Job& job);

/// The file in a job's source, without the line.
[[nodiscard]] std::string source_file(const Job& job);

/// Compares the existing jobs with those defined by files; names are unique on each side. A job
/// that has moved to another file has changed, and belongs to that file now.
/// `switched_by_hand` tells whether an existing job's state was set by a user since the file was
/// read; it is then kept. Errors: `already_exists` if a file uses the name of a job that does not
/// come from a file.
[[nodiscard]] Result<JobDiff> diff_jobs(
    std::span<const JobRef> old_jobs, std::vector<Job> new_jobs,
    const std::function<bool(const Job& old_job)>& switched_by_hand);

}  // namespace quantum::config
