#pragma once

#include <memory>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "base/kernel_timers.hpp"

namespace quantum::base {

class EventLoop;

/// The system clock.
///
/// Wall timers use one absolute CLOCK_REALTIME timer that the kernel cancels when the clock is set;
/// it is armed for the distant future even if nothing is due, so that steps are noticed. Delays use
/// one CLOCK_BOOTTIME timer. There is no polling: if nothing is due, the process does not wake up.
/// The wall timer is set earlier by the recent wake-up latency, at most 50 us, and the rest is
/// spent spinning: callbacks are never early, and late only by what is unusual.
///
/// Steps: at each wake-up the wall clock is compared with the boot clock; if they have diverged by
/// more than 2 s since the last report, the listeners are notified. Smaller changes accumulate.
///
/// Callbacks run on the loop's threads, one at a time, and must not throw. The clock may be
/// destroyed from any single thread; no callback runs after that.
class SystemClock final : public Clock {
public:
    /// How far the wall clock must have moved relative to the boot clock to count as a step.
    static constexpr Duration step_threshold = std::chrono::seconds(2);

    /// Fails only if the process cannot open more file descriptors.
    [[nodiscard]] static Result<std::unique_ptr<SystemClock>> create(EventLoop& loop);

    explicit SystemClock(std::unique_ptr<KernelTimers> timers);
    ~SystemClock() override;
    SystemClock(const SystemClock&) = delete;
    SystemClock& operator=(const SystemClock&) = delete;

    [[nodiscard]] WallTime wall_now() const override;
    [[nodiscard]] BootTime boot_now() const override;
    [[nodiscard]] TimerId wake_at(WallTime due, Callback callback) override;
    [[nodiscard]] TimerId wake_after(Duration delay, Callback callback) override;
    bool cancel(TimerId timer) override;
    [[nodiscard]] ListenerId on_step(StepCallback callback) override;
    void ignore_steps(ListenerId listener) override;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quantum::base
