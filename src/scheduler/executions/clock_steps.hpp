#pragma once

#include "quantum/clock.hpp"

#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/next_dues.hpp"
#include "scheduler/executions/timeline.hpp"

namespace quantum::scheduler {

/// Detects that the wall clock was set, and moves every job to where it is due now.
///
/// A step is detected by the difference between the wall clock and the boot clock, which cannot be
/// set. If the clock is set forward by at most three hours, the due times in between are missed; by
/// more, it is a correction, and they never existed. If it is set back, decisions remain, and a new
/// *clock pass* counts the instants that are shown again, so that each has its own row:
///
///     02:00  "0 2 * * *" and "*/30 * * * *" run (pass 0); at 02:10 the clock is set back to 01:50
///     02:00  "0 2 * * *" stays quiet: it names an hour, and has had it. Its position is 02:00
///     02:00  "*/30 * * * *" follows real time and runs again: due 02:00, pass 1
///
/// If it is set back by more than three hours, it is a *rewind*: the clock had been wrong, every
/// schedule starts over, and "0 2 * * *" would run at its second 02:00 too.
///
/// Owned by ExecutionBroadcaster, used only on its turns.
class ClockSteps {
public:
    ClockSteps(ExecutionState& state, Timeline& timeline, NextDues& next_dues);

    /// Compares the clocks with the last check. Must not be called while a plan is being stored.
    void look(WallTime wall, BootTime boot);

private:
    void step_forward(WallTime after, bool correction);
    void step_backward(WallTime before, WallTime after, bool rewind);
    [[nodiscard]] WallTime decided_until(WallTime until) const;
    void move_to_next_due();

    ExecutionState& state_;
    Timeline& timeline_;
    NextDues& next_dues_;
};

}  // namespace quantum::scheduler
