#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "quantum/clock.hpp"

#include "base/event_loop.hpp"
#include "base/mutex.hpp"
#include "daemon/service_manager.hpp"

namespace quantum::daemon {

/// Tells the service manager that the schedule goes on, three times in the interval that it asks
/// for: from the control thread, on which due times are decided, and only if the storage thread has
/// answered since the last time, or the storage is known to refuse. So a daemon of which only other
/// threads are left alive is killed and started again.
///
/// Thread-safety: every method may be called from any thread. The clock's thread must be the
/// control thread; all that it is given outlives it, and neither loop runs its work any more once
/// it is destroyed, or it is destroyed before them.
class Watchdog {
public:
    /// `storage_loop`: null if nothing is stored.
    Watchdog(const ServiceManager& manager, Clock& clock, base::EventLoop* storage_loop);
    /// Says nothing more.
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// Nothing is told before; none of it if the service manager does not ask.
    void start();
    /// Whether the storage refuses, which is no reason to be killed.
    void set_degraded(bool is_degraded);

private:
    struct Core;
    const std::shared_ptr<Core> core_;
};

}  // namespace quantum::daemon
