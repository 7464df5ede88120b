#pragma once

#include <vector>

#include "quantum/clock.hpp"

#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/planner.hpp"
#include "scheduler/runs/executor.hpp"

namespace quantum::scheduler {

/// Ends runs in progress for ExecutionBroadcaster: those that are no longer wanted, and functions
/// that have exceeded their timeout.
///
/// Used on the stage's turns only.
class RunControl {
public:
    RunControl(ExecutionState& state, const Planner& planner, Executor& executor, Clock& clock)
        : state_(state), planner_(planner), executor_(executor), clock_(clock) {}

    /// Handles the alarms that are due.
    void ring_alarms();
    void end_runs_of_deleted();
    /// Terminates them; those that are already over are skipped.
    void end_runs(const std::vector<EntryHandle>& entry_handles);
    /// Terminates those that are in progress, and returns them.
    [[nodiscard]] std::vector<ExecutionId> stop_running(const std::vector<ExecutionId>& ids);

private:
    ExecutionState& state_;
    const Planner& planner_;
    Executor& executor_;
    Clock& clock_;
};

}  // namespace quantum::scheduler
