#pragma once

#include "quantum/clock.hpp"

#include "scheduler/common/clock_timer.hpp"

namespace quantum::scheduler {

/// Everything that ExecutionBroadcaster waits for by itself.
struct ExecutionTimers {
    explicit ExecutionTimers(Clock& clock) : due(clock), alarm(clock), retry(clock), drain(clock) {}

    ClockTimer due;    ///< the head of the timeline, by the wall clock
    ClockTimer alarm;  ///< a jitter, a backoff or a function's timeout is over
    ClockTimer retry;  ///< the storage refused: set until it is asked again
    ClockTimer drain;  ///< the next step of a stop
};

}  // namespace quantum::scheduler
