#pragma once

#include <string_view>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/result.hpp"

namespace quantum {

class Scheduler;

/// A view of the open entries, which also determine overlap.
///
///     if (*scheduler.task_registry().is_running("report")) …
///
/// Thread-safety and errors: those of the scheduler, which it must not outlive.
class TaskRegistry {
public:
    explicit TaskRegistry(const Scheduler& scheduler) : scheduler_(scheduler) {}

    /// True if a run of the job is in progress. False if the job is unknown.
    [[nodiscard]] Result<bool> is_running(std::string_view job) const;
    [[nodiscard]] Result<bool> any_running() const;
    /// Ordered by due time.
    [[nodiscard]] Result<std::vector<OpenRun>> open() const;
    [[nodiscard]] Result<std::vector<OpenRun>> open(std::string_view job) const;

private:
    const Scheduler& scheduler_;
};

}  // namespace quantum
