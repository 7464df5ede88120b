#include "scheduler/executions/clock_steps.hpp"

#include <algorithm>

#include "quantum/job.hpp"

#include "scheduler/entries/policies.hpp"
#include "scheduler/mutant.hpp"

namespace quantum::scheduler {

ClockSteps::ClockSteps(ExecutionState& state, Timeline& timeline, NextDues& next_dues)
    : state_(state), timeline_(timeline), next_dues_(next_dues) {}

void ClockSteps::look(WallTime wall, BootTime boot) {
    const Duration offset = wall.time_since_epoch() - boot.time_since_epoch();
    if (!state_.offset_known) {
        state_.wall_offset = offset;
        state_.offset_known = true;
        return;
    }
    const Duration size = offset - state_.wall_offset;
    const StepKind kind = classify_step(size);
    if (mutated(SchedulerMutant::small_changes_do_not_add_up)) state_.wall_offset = offset;
    if (kind == StepKind::none) return;  // small changes add up
    state_.wall_offset = offset;
    const WallTime before = wall - size;
    switch (kind) {
        case StepKind::none:
            return;
        case StepKind::forward:
            step_forward(wall, false);
            break;
        case StepKind::correction:
            step_forward(wall, true);
            break;
        case StepKind::backward:
            step_backward(before, wall, false);
            break;
        case StepKind::rewind:
            step_backward(before, wall, true);
            break;
    }
    state_.steps.push_back({before, wall, state_.pass, state_.repeated_until,
                            state_.fixed_times_done_until, state_.rewind_pass,
                            state_.rewind_until});
    move_to_next_due();
}

void ClockSteps::step_forward(WallTime after, bool correction) {
    state_.missed_until = after - Duration(1);
    if (!correction || mutated(SchedulerMutant::correction_replayed)) return;
    for (std::size_t index = 0; index < state_.records.size(); ++index) {
        JobRecord& record = state_.records[index];
        if (!record.job || !record.job->schedule() || record.job->schedule()->is_reboot()) continue;
        record.decide_until(std::max(record.position(), after));
    }
    if (state_.watermark) state_.watermark = std::max(*state_.watermark, after);
}

void ClockSteps::step_backward(WallTime before, WallTime after, bool rewind) {
    const WallTime start = after - Duration(1);
    ++state_.pass;
    if (rewind) {
        state_.rewind_pass = state_.pass;
        state_.rewind_until = std::max(state_.repeated_until, before);
        state_.fixed_times_done_until = start;
    } else {
        state_.fixed_times_done_until =
            std::max(state_.fixed_times_done_until, decided_until(before));
    }
    state_.repeated_until = std::max(state_.repeated_until, before);
    state_.missed_until = std::min(state_.missed_until, start);
    for (std::size_t index = 0; index < state_.records.size(); ++index) {
        JobRecord& record = state_.records[index];
        if (!record.job || !record.job->schedule()) continue;
        const Schedule& schedule = *record.job->schedule();
        if (schedule.is_reboot()) continue;
        if (mutated(SchedulerMutant::step_back_silences) && !rewind) continue;
        if (rewind || !schedule.is_fixed_time() || mutated(SchedulerMutant::step_back_repeats)) {
            record.undecide_after(std::min(record.position(), start));
            ExecutionState::look_at_anchor(record, after);
        }
    }
    if (state_.watermark) state_.watermark = std::min(*state_.watermark, start);
}

// Up to where, at most `until`, no due time is left to be decided.
WallTime ClockSteps::decided_until(WallTime until) const {
    const auto stands_before = [&](WallTime due) { until = std::min(until, due - Duration(1)); };
    if (const auto head = timeline_.head()) stands_before(*head);
    for (const CarryOver& left : state_.carry_overs) stands_before(left.first);
    if (!state_.plan) return until;
    for (const Claim& claim : state_.plan->claims) stands_before(claim.due);
    for (const CarryOver& left : state_.plan->carry_overs) stands_before(left.first);
    return until;
}

// Every job goes to where it is due now.
void ClockSteps::move_to_next_due() {
    for (std::uint32_t index = 0; index < state_.records.size(); ++index) {
        timeline_.remove(index);
        if (state_.records[index].job) next_dues_.put_back(index);
    }
}

}  // namespace quantum::scheduler
