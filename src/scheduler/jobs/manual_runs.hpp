#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/result.hpp"

#include "scheduler/common/job_handle.hpp"

namespace quantum::scheduler {

/// A request to run a job outside its schedule.
struct ManualRun {
    JobHandle handle{};
    JobRef job;
    std::uint32_t revision = 1;
    std::string key{};  ///< empty: none
    /// Called once the run is decided and stored, or cannot be.
    std::function<void(Result<ExecutionId>)> answer;
};

/// Requests between JobBroadcaster, which took them, and ExecutionBroadcaster, which claims them.
///
/// Outlives every stage: a crash loses none. Thread-safety: any thread; the mutex is a leaf.
class ManualRuns {
public:
    void put(ManualRun run) {
        const std::lock_guard lock(mutex_);
        runs_.push_back(std::move(run));
    }
    [[nodiscard]] std::vector<ManualRun> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(runs_, {});
    }
    [[nodiscard]] bool empty() const {
        const std::lock_guard lock(mutex_);
        return runs_.empty();
    }

private:
    mutable std::mutex mutex_;
    std::vector<ManualRun> runs_;
};

}  // namespace quantum::scheduler
