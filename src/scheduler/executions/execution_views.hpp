#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/execution.hpp"
#include "quantum/job.hpp"
#include "quantum/job_problem.hpp"

#include "scheduler/common/job_handle.hpp"
#include "scheduler/entries/concurrency_limiter.hpp"
#include "scheduler/entries/open_entries.hpp"
#include "scheduler/executions/execution_state.hpp"

// ExecutionBroadcaster's replies to queries.
namespace quantum::scheduler {

/// The state of a job's executions.
struct ExecutionView {
    std::optional<WallTime> next_due;
    bool no_future = false;
    bool is_unbound = false;
    std::uint32_t open = 0;
    std::uint32_t waiting = 0;
    std::uint32_t unbound = 0;
    std::uint32_t stuck = 0;
    std::optional<WallTime> retry_at;
    std::optional<OutcomeKind> last_outcome;
    std::optional<WallTime> last_end;
};

struct ViewRequest {
    using Reply = ExecutionView;
    JobHandle handle{};
    std::uint32_t revision = 0;
};

/// An open run, and what it waits for.
struct RunView {
    OpenRun run;
    WallTime claimed_at;
    Phase phase = Phase::starting;
    std::vector<ConcurrencyLimiter::Full> full{};  ///< if it waits for a slot: who has none
};

/// The runs that are claimed or started and have not ended, oldest first.
struct OpenRunsRequest {
    using Reply = std::vector<RunView>;
    std::optional<JobHandle> handle;  ///< none: of all jobs
};

/// The jobs that have a problem.
struct ProblemsRequest {
    using Reply = std::vector<JobProblem>;
};

/// What is the matter, for people.
[[nodiscard]] std::string problem_text(ProblemKind kind, const Job& job);

[[nodiscard]] std::vector<JobProblem> problems_of(const ExecutionState& state);

/// Tells whoever has just subscribed to events which jobs are active.
void welcome_subscribers(ExecutionState& state);

/// Terminates runs in progress. Those that are not running are left out of the reply.
struct StopRuns {
    using Reply = std::vector<ExecutionId>;
    std::vector<ExecutionId> ids;
};

/// A job's due times are looked up in the state's cache.
[[nodiscard]] ExecutionView view_of(ExecutionState& state, const ViewRequest& request);
[[nodiscard]] std::vector<RunView> run_views_of(const ExecutionState& state,
                                                const OpenRunsRequest& request);

}  // namespace quantum::scheduler
