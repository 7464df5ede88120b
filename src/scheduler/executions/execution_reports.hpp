#pragma once

#include <cstddef>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"

#include "scheduler/common/telemetry_hub.hpp"
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
    /// The limits have kept somebody waiting for long.
    void slots_full(std::size_t running, std::size_t waiting);

private:
    TelemetryHub& hub_;
    Clock& clock_;
};

}  // namespace quantum::scheduler
