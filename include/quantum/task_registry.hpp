#pragma once

#include <string_view>
#include <vector>

#include "quantum/execution.hpp"
#include "quantum/result.hpp"

namespace quantum {

class Scheduler;

/// The view of open entries, from which overlap is decided.
///
///     if (*scheduler.task_registry().is_running("report")) …
///
/// Thread-safety and errors: as the scheduler, which it must not outlive.
class TaskRegistry {
public:
    explicit TaskRegistry(const Scheduler& scheduler) : scheduler_(scheduler) {}

    /// A run of the job is under way. False for a job that is unknown.
    [[nodiscard]] Result<bool> is_running(std::string_view job) const;
    [[nodiscard]] Result<bool> any_running() const;
    /// By due time.
    [[nodiscard]] Result<std::vector<OpenRun>> open() const;
    [[nodiscard]] Result<std::vector<OpenRun>> open(std::string_view job) const;

private:
    const Scheduler& scheduler_;
};

}  // namespace quantum
