#pragma once

#include <cstddef>
#include <optional>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"

#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/executions/execution_state.hpp"
#include "scheduler/executions/plan.hpp"

namespace quantum::scheduler {

/// What ExecutionBroadcaster says of its decisions, to the log and to listeners.
///
/// Used on the stage's turns only.
class ExecutionReports {
public:
    ExecutionReports(TelemetryHub& hub, Clock& clock) : hub_(hub), clock_(clock) {}

    /// The due times that a stored plan does not run.
    void not_run(const Plan& plan);
    /// A job is due no more, though it was not finished.
    void no_future(const Job& job);
    /// Tells once that the limits have kept somebody waiting for long.
    void watch_slots(ExecutionState& state);
    /// When that is to be looked at again; none if nobody waits, or it has been told.
    [[nodiscard]] static std::optional<BootTime> slots_due(const ExecutionState& state);

private:
    void slots_full(std::size_t running, std::size_t waiting);

    TelemetryHub& hub_;
    Clock& clock_;
};

}  // namespace quantum::scheduler
