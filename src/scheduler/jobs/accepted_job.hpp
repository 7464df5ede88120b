#pragma once

#include <optional>

#include "quantum/job.hpp"
#include "quantum/result.hpp"

#include "scheduler/jobs/job_table.hpp"

// What happens to a definition when it is accepted, given the previous one with its name (null:
// none).
namespace quantum::scheduler {

/// True for a one-shot that has already been due: adding the same one again does not run it again.
/// `job` has a single instant.
[[nodiscard]] bool is_same_one_shot(const Job& job, const Job& earlier);

/// Why it cannot be accepted: its only due time has passed.
[[nodiscard]] std::optional<Error> check_accepted(const Job& job, const JobRow* earlier,
                                                  WallTime now);

/// The error for a job that is rejected because every index of the table is taken.
[[nodiscard]] Error too_many_jobs(const JobTable& table);

/// Anchors intervals, keeps the pause of the name, and settles a single due time that has passed.
void prepare(Job& job, const JobRow* earlier, WallTime now);

}  // namespace quantum::scheduler
