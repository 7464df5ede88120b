#pragma once

#include <memory>
#include <string>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"

#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/planner_options.hpp"

namespace quantum::scheduler {

/// A node on which a job is to run.
struct Target {
    std::shared_ptr<const std::string> node;
    bool own_entry = false;  ///< one of several, each with its own entry
    bool is_up = true;
    /// What the run strategy threw instead of naming a node.
    std::shared_ptr<const std::string> thrown{};

    /// Why nothing runs there.
    [[nodiscard]] std::string fault() const {
        return thrown ? "its run strategy threw: " + *thrown : "its node is down";
    }
};

/// Where a due time of a job with a run strategy runs. Never empty: if no node was named, one that
/// is down stands for it.
[[nodiscard]] std::vector<Target> targets_of(const Job& job, WallTime due, ExecutionState& state,
                                             const PlannerOptions& options);

}  // namespace quantum::scheduler
