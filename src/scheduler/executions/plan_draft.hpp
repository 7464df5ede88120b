#pragma once

#include "quantum/clock.hpp"

#include "scheduler/executions/plan.hpp"

namespace quantum::scheduler {

/// The plan being made, and the instant for which it is made; shared by the planners.
///
/// Owned by Planner, which sets it for the duration of one call.
struct PlanDraft {
    Plan* plan = nullptr;
    WallTime now;
    BootTime boot;
};

}  // namespace quantum::scheduler
