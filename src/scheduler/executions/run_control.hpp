#pragma once

#include <vector>

#include "quantum/clock.hpp"

#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/planner.hpp"
#include "scheduler/runs/executor.hpp"

namespace quantum::scheduler {

/// What ExecutionBroadcaster does to runs that are under way: ends the ones that nobody wants any
/// more, and functions that have run for long enough.
///
/// Used on the stage's turns only.
class RunControl {
public:
    RunControl(ExecutionState& state, const Planner& planner, Executor& executor, Clock& clock)
        : state_(state), planner_(planner), executor_(executor), clock_(clock) {}

    /// Takes the alarms that have rung to what they are for.
    void ring_alarms();
    void end_runs_of_deleted();
    /// Tells them to end; the ones that are over already are left out.
    void end_runs(const std::vector<EntryHandle>& entry_handles);
    /// Only ever called for a mutant.
    void start_unstored(const Plan& plan);

private:
    ExecutionState& state_;
    const Planner& planner_;
    Executor& executor_;
    Clock& clock_;
};

}  // namespace quantum::scheduler
