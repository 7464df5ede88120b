#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/timeline.hpp"

namespace quantum::scheduler {

/// Puts jobs back on the timeline where they are due next, and records those that are never due
/// again.
///
/// Owned by ExecutionBroadcaster, used only on its turns.
class NextDues {
public:
    NextDues(ExecutionState& state, Timeline& timeline) : state_(state), timeline_(timeline) {}

    void put_back(const std::vector<std::uint32_t>& indexes);
    void put_back(std::uint32_t index);

    /// Indexes of jobs found to have no further due time since the last call.
    [[nodiscard]] std::vector<std::uint32_t> take_futureless();

private:
    ExecutionState& state_;
    Timeline& timeline_;
    std::vector<std::uint32_t> futureless_;
};

}  // namespace quantum::scheduler
