#pragma once

#include <optional>

#include "quantum/job.hpp"
#include "quantum/result.hpp"

#include "scheduler/jobs/job_table.hpp"

// What becomes of a definition when it is accepted, given the one of its name before (null: none).
namespace quantum::scheduler {

/// A job that is due once and was: the same one added again is no new run. `job` has a single
/// instant.
[[nodiscard]] bool is_same_one_shot(const Job& job, const Job& earlier);

/// Why it cannot be: a single due time that is over.
[[nodiscard]] std::optional<Error> check_accepted(const Job& job, const JobRow* earlier,
                                                  WallTime now);

/// Why another is refused: every index of the table is taken.
[[nodiscard]] Error too_many_jobs(const JobTable& table);

/// Anchors intervals, keeps the pause of the name, and settles a single due time that was.
void prepare(Job& job, const JobRow* earlier, WallTime now);

}  // namespace quantum::scheduler
