#pragma once

#include <vector>

#include "quantum/clock.hpp"

#include "scheduler/common/job_event.hpp"
#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/next_dues.hpp"
#include "scheduler/executions/timeline.hpp"

namespace quantum::scheduler {

/// Applies accepted changes of jobs to the state and the timeline.
///
/// Owned by ExecutionBroadcaster, used only on its turns.
class JobUpdates {
public:
    JobUpdates(ExecutionState& state, Timeline& timeline, NextDues& next_dues);

    /// `now`: the latest time the wall clock may show. A change that was accepted later, before the
    /// clock was set back, counts from then.
    void add(const JobEvent& event, WallTime now);
    void remove(const JobEvent& event, WallTime now);

    /// Handles of deleted jobs that nothing refers to any more; each is returned once.
    [[nodiscard]] std::vector<JobHandle> take_released(WallTime now);

private:
    void leave(JobHandle handle, JobRecord& record, WallTime until, bool superseded);
    void stop_retries(JobHandle handle);
    static void give_function(const JobEvent& event, JobRecord& record);
    void let_waiting_go(const JobEvent& event);

    ExecutionState& state_;
    Timeline& timeline_;
    NextDues& next_dues_;
};

}  // namespace quantum::scheduler
