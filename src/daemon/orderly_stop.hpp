#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "quantum/scheduler.hpp"

#include "daemon/daemon.hpp"
#include "daemon/logger.hpp"
#include "daemon/main_events.hpp"
#include "daemon/main_requests.hpp"
#include "daemon/wakeup_fd.hpp"

namespace quantum::daemon {

/// Why a daemon stops, and how long what runs may go on.
struct StopOrder {
    int signal = 0;                      ///< 0: none, `actor` asks for it
    std::string actor{};                 ///< as in the audit log
    std::optional<Duration> patience{};  ///< none: as long as it takes
};

/// Ends a daemon's scheduler: lets what runs end, in the time it has; each further signal moves on
/// to the next step: ask it to end, kill it. What the API asks for meanwhile is refused.
///
/// Owned by the daemon and used by its main thread. Outlives the scheduler, which may tell it at
/// its end that it has drained.
class OrderlyStop {
public:
    /// `report_state`: what USR1 asks for.
    OrderlyStop(const DaemonOptions& options, MainEvents& events, MainRequests& requests,
                WakeupFd& wakeup, Logger& logger, std::function<void()> report_state)
        : options_(options),
          events_(events),
          requests_(requests),
          wakeup_(wakeup),
          logger_(logger),
          report_state_(std::move(report_state)) {}

    /// False: the scheduler has failed meanwhile.
    [[nodiscard]] bool run(Scheduler& scheduler, const StopOrder& order);

private:
    void log(const StopOrder& order);
    void drain(Scheduler& scheduler, Duration patience);
    void answer(Scheduler& scheduler, int signal);

    const DaemonOptions& options_;
    MainEvents& events_;
    MainRequests& requests_;
    WakeupFd& wakeup_;
    Logger& logger_;
    const std::function<void()> report_state_;
    StopReport report_;  // written before has_drained_ is set
    std::atomic<bool> has_drained_ = false;
};

}  // namespace quantum::daemon
