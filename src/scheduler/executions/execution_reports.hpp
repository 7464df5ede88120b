#pragma once

#include <cstddef>

#include "quantum/clock.hpp"
#include "quantum/job.hpp"

#include "scheduler/common/telemetry_hub.hpp"
#include "scheduler/executions/plan.hpp"

namespace quantum::scheduler {

/// Reports ExecutionBroadcaster's decisions to the log and to listeners.
///
/// Used on the stage's turns only.
class ExecutionReports {
public:
    ExecutionReports(TelemetryHub& hub, Clock& clock) : hub_(hub), clock_(clock) {}

    /// The due times of a stored plan that do not run.
    void not_run(const Plan& plan);
    /// A job is never due again, although it was not finished.
    void no_future(const Job& job);
    /// The limits have kept somebody waiting for a long time.
    void slots_full(std::size_t running, std::size_t waiting);

private:
    TelemetryHub& hub_;
    Clock& clock_;
};

}  // namespace quantum::scheduler
