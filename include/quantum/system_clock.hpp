#pragma once

#include <chrono>
#include <memory>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

namespace quantum::base {
class EventLoop;
class KernelTimers;
}  // namespace quantum::base

namespace quantum {

/// The clock of the machine.
///
///     auto clock = quantum::SystemClock::start();
///     if (!clock) return fail(clock.error());
///     quantum::FunctionRunner functions(**clock);
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
/// Thread-safety: that of Clock. Callbacks must not throw. The destructor may be called on any
/// single thread, except from a callback; no callback runs after it.
class SystemClock final : public Clock {
public:
    /// How far the wall clock must have moved relative to the boot clock to count as a step.
    static constexpr Duration step_threshold = std::chrono::seconds(2);

    /// With a thread of its own, on which its callbacks run and which blocks all signals. Fails
    /// only if the process cannot open more file descriptors.
    [[nodiscard]] static Result<std::unique_ptr<SystemClock>> start();
    /// On the loop of a RunnerFactory, whose threads run the callbacks; there, the clock may also
    /// be destroyed by one of them. The loop must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<SystemClock>> create(base::EventLoop& loop);

    /// On timers of one's own, for tests of the clock itself.
    explicit SystemClock(std::unique_ptr<base::KernelTimers> timers);
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
    std::shared_ptr<base::EventLoop> own_loop_;  // null: somebody else's; stopped after all else
    std::shared_ptr<State> state_;
};

}  // namespace quantum
