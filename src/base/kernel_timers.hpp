#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

namespace quantum::base {

class EventLoop;

/// What SystemClock needs from the kernel: two clocks, one timer on each, and notification of clock
/// changes. An interface, so that tests can move time and set the clock without affecting the
/// machine.
///
/// Thread-safety: every method may be called from any thread. None of them calls the listener
/// directly.
class KernelTimers {
public:
    enum class Event : std::uint8_t {
        wall_expired,  ///< the wall timer has expired
        boot_expired,  ///< the boot timer has expired
        clock_set,     ///< the wall clock was set; both timers are unchanged
    };
    using Listener = std::function<void(Event)>;

    virtual ~KernelTimers() = default;

    [[nodiscard]] virtual WallTime wall_now() const = 0;
    [[nodiscard]] virtual BootTime boot_now() const = 0;

    /// Sets the wall timer, replacing the previous setting. A time in the past expires at once.
    virtual void arm_wall(WallTime due) = 0;
    /// Sets or stops the boot timer.
    virtual void arm_boot(std::optional<BootTime> due) = 0;

    /// Sends events to `listener`, one at a time, from now on. Called once, before the first
    /// arming.
    virtual void listen(Listener listener) = 0;

protected:
    KernelTimers() = default;
    KernelTimers(const KernelTimers&) = default;
    KernelTimers& operator=(const KernelTimers&) = default;
};

/// The real implementation: a CLOCK_REALTIME timerfd with cancel-on-set and a CLOCK_BOOTTIME
/// timerfd, both absolute, on the loop. The listener runs on the loop's threads.
[[nodiscard]] Result<std::unique_ptr<KernelTimers>> make_timerfd_timers(EventLoop& loop);

}  // namespace quantum::base
