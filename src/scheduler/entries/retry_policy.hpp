#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/job_policies.hpp"

// When a run may start, later than it is due: further attempts and jitter. Pure functions; what is
// drawn is drawn from names and ids, so that it is the same whenever it is asked.
namespace quantum::scheduler {

/// How long after the end of `attempt` the next one comes.
[[nodiscard]] Duration backoff_after(const Backoff& backoff, std::uint32_t attempt,
                                     const ExecutionId& id);

/// The end of an attempt.
struct AttemptEnd {
    ExecutionId id;
    std::uint32_t attempt = 1;
    OutcomeKind kind = OutcomeKind::failed;
    WallTime ended_at;
    /// The job's next due time after that of the run, where there is one to come.
    std::optional<WallTime> next_due;
};

/// When the next attempt may begin; none: this was the last one.
[[nodiscard]] std::optional<WallTime> next_attempt(const JobPolicies& policies,
                                                   const AttemptEnd& end);

/// The delay of a job's own, from 0 up to `longest`, between each of its due times and the start.
[[nodiscard]] Duration jitter_of(std::string_view job, Duration longest);

}  // namespace quantum::scheduler
