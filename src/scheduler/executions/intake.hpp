#pragma once

#include <vector>

#include "quantum/clock.hpp"

#include "scheduler/common/job_event.hpp"
#include "scheduler/executions/execution_book.hpp"
#include "scheduler/executions/round_maker.hpp"
#include "scheduler/executions/timeline.hpp"

namespace quantum::scheduler {

/// Brings changes of jobs and of the clock into the book and onto the timeline.
///
/// Used on ExecutionBroadcaster's turns only.
class Intake {
public:
    Intake(ExecutionBook& book, Timeline& timeline, RoundMaker& maker);

    /// `now`: the latest that the wall clock may show. A change that was accepted later, before the
    /// clock was set back, counts from there.
    void add(const JobEvent& event, WallTime now);
    void remove(const JobEvent& event, WallTime now);

    /// Handles of deleted jobs that nothing refers to any more; each is given once.
    [[nodiscard]] std::vector<JobHandle> take_released(WallTime now);

    /// Compares the clocks with the last look. Only while no round is being stored.
    void look_at_clock(WallTime wall, BootTime boot);

private:
    void leave(JobHandle handle, JobRecord& record, WallTime until, bool superseded);
    void stop_retries(JobHandle handle);
    void step_forward(WallTime after, bool correction);
    void step_backward(WallTime before, WallTime after, bool rewind);
    [[nodiscard]] WallTime decided_until(WallTime until) const;
    void replan();

    ExecutionBook& book_;
    Timeline& timeline_;
    RoundMaker& maker_;
};

}  // namespace quantum::scheduler
