#pragma once

#include <cstddef>
#include <optional>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"

#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/plan.hpp"

namespace quantum::scheduler {

/// Reports ExecutionBroadcaster's decisions to the log and to listeners.
///
/// Used on the stage's turns only.
class ExecutionReports {
public:
    /// `external`: slots are what subscribers have asked for.
    ExecutionReports(TelemetryHub& hub, Clock& clock, bool external)
        : hub_(hub), clock_(clock), external_(external) {}

    /// The due times of a stored plan that do not run.
    void not_run(const Plan& plan);
    /// A job is never due again, although it was not finished.
    void no_future(const Job& job);
    /// Reports once that the limits have kept somebody waiting for a long time.
    void watch_slots(ExecutionState& state);
    /// When to check that again; none if nobody waits, or it has been reported.
    [[nodiscard]] static std::optional<BootTime> slots_due(const ExecutionState& state);

private:
    void slots_full(std::size_t running, std::size_t waiting);

    TelemetryHub& hub_;
    Clock& clock_;
    const bool external_;
};

}  // namespace quantum::scheduler
