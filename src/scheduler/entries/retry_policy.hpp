#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/job_policies.hpp"

// When a run may start later than it is due: retries and jitter. Pure functions; random values are
// derived from names and IDs, and are therefore reproducible.
namespace quantum::scheduler {

/// The delay between the end of `attempt` and the next one.
[[nodiscard]] Duration backoff_after(const Backoff& backoff, std::uint32_t attempt,
                                     const ExecutionId& id);

/// The end of an attempt.
struct AttemptEnd {
    ExecutionId id;
    std::uint32_t attempt = 1;
    OutcomeKind kind = OutcomeKind::failed;
    WallTime ended_at;
    /// The job's next due time after that of the run, if there is one.
    std::optional<WallTime> next_due;
};

/// When the next attempt may start; none: this was the last one.
[[nodiscard]] std::optional<WallTime> next_attempt(const JobPolicies& policies,
                                                   const AttemptEnd& end);

/// A job's own delay, from 0 to `longest`, between each of its due times and the start.
[[nodiscard]] Duration jitter_of(std::string_view job, Duration longest);

}  // namespace quantum::scheduler
