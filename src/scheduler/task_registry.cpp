#include "quantum/task_registry.hpp"

#include <algorithm>

#include "quantum/scheduler.hpp"

namespace quantum {

namespace {

Result<bool> has_running(const Result<std::vector<OpenRun>>& runs) {
    if (!runs) return tl::unexpected(runs.error());
    return std::any_of(runs->begin(), runs->end(),
                       [](const OpenRun& run) { return run.is_running; });
}

}  // namespace

Result<bool> TaskRegistry::is_running(std::string_view job) const {
    return has_running(scheduler_.open_runs(job));
}

Result<bool> TaskRegistry::any_running() const {
    return has_running(scheduler_.open_runs(std::nullopt));
}

Result<std::vector<OpenRun>> TaskRegistry::open() const {
    return scheduler_.open_runs(std::nullopt);
}

Result<std::vector<OpenRun>> TaskRegistry::open(std::string_view job) const {
    return scheduler_.open_runs(job);
}

}  // namespace quantum
