#pragma once

#include "quantum/clock.hpp"

#include "scheduler/common/clock_timer.hpp"

namespace quantum::scheduler {

/// The timers of ExecutionBroadcaster.
struct ExecutionTimers {
    explicit ExecutionTimers(Clock& clock) : due(clock), alarm(clock), retry(clock), drain(clock) {}

    ClockTimer due;    ///< the head of the timeline, by the wall clock
    ClockTimer alarm;  ///< the end of a jitter, a backoff or a function's timeout
    ClockTimer retry;  ///< the storage rejected a plan: set until it is retried
    ClockTimer drain;  ///< the next step of a stop
};

}  // namespace quantum::scheduler
