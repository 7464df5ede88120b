#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "quantum/execution.hpp"

#include "scheduler/task_registry.hpp"

namespace quantum::scheduler {

/// The end of a run on its way to the ledger.
struct FinishedRun {
    Ticket ticket{};
    Outcome outcome;
    WallTime ended_at;
    std::shared_ptr<const CapturedOutput> output{};  ///< null where none was kept
};

/// Where runs report their ends, until ExecutionBroadcaster takes them.
///
/// Outlives every stage: a crash loses no end. Thread-safety: any thread; the mutex is a leaf.
class FinishBox {
public:
    /// True if the box was empty: the caller tells ExecutionBroadcaster.
    [[nodiscard]] bool put(FinishedRun run) {
        const std::lock_guard lock(mutex_);
        runs_.push_back(std::move(run));
        return runs_.size() == 1;
    }

    /// Moves everything to the end of `out`.
    void take(std::vector<FinishedRun>& out) {
        const std::lock_guard lock(mutex_);
        if (out.empty()) {
            out.swap(runs_);
            return;
        }
        for (FinishedRun& run : runs_) out.push_back(std::move(run));
        runs_.clear();
    }

    [[nodiscard]] bool empty() const {
        const std::lock_guard lock(mutex_);
        return runs_.empty();
    }

private:
    mutable std::mutex mutex_;
    std::vector<FinishedRun> runs_;
};

}  // namespace quantum::scheduler
