#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "quantum/execution.hpp"
#include "quantum/result.hpp"

#include "scheduler/common/job_handle.hpp"
#include "scheduler/common/persistent_queue.hpp"

namespace quantum::scheduler {

/// A request to run a job outside its schedule.
struct ManualRun {
    JobHandle handle{};
    JobRef job;
    std::uint32_t revision = 1;
    std::string key{};  ///< empty: none
    /// Called once the run has been decided and stored, or cannot be.
    std::function<void(Result<ExecutionId>)> answer;
};

/// Requests from JobBroadcaster, which accepted them, to ExecutionBroadcaster, which claims them.
using ManualRunQueue = PersistentQueue<ManualRun>;

}  // namespace quantum::scheduler
