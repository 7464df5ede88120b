#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "quantum/scheduler.hpp"

#include "daemon/daemon.hpp"
#include "daemon/logger.hpp"
#include "daemon/main_events.hpp"
#include "daemon/wakeup_fd.hpp"

namespace quantum::daemon {

/// Ends a daemon's scheduler: lets what runs end, in the time it has; each further signal moves on
/// to the next step: ask it to end, kill it.
///
/// Owned by the daemon and used by its main thread. Outlives the scheduler, which may tell it at
/// its end that it has drained.
class OrderlyStop {
public:
    /// `report_state`: what USR1 asks for.
    OrderlyStop(const DaemonOptions& options, MainEvents& events, WakeupFd& wakeup, Logger& logger,
                std::function<void()> report_state)
        : options_(options),
          events_(events),
          wakeup_(wakeup),
          logger_(logger),
          report_state_(std::move(report_state)) {}

    /// Because of this signal. False: the scheduler has failed meanwhile.
    [[nodiscard]] bool run(Scheduler& scheduler, int signal);

private:
    void drain(Scheduler& scheduler, Duration patience);
    void answer(Scheduler& scheduler, int signal);

    const DaemonOptions& options_;
    MainEvents& events_;
    WakeupFd& wakeup_;
    Logger& logger_;
    const std::function<void()> report_state_;
    StopReport report_;  // written before has_drained_ is set
    std::atomic<bool> has_drained_ = false;
};

}  // namespace quantum::daemon
