#pragma once

#include <memory>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "base/kernel_timers.hpp"

namespace quantum {

class EventLoop;

/// The machine's clock.
///
/// Wall timers stand on one absolute CLOCK_REALTIME timer that the kernel cancels when the clock
/// is set; it is armed for the far future even when nothing is due, so that steps are told. Delays
/// stand on one CLOCK_BOOTTIME timer. Neither polls: with nothing due the process does not wake.
/// The wall timer is set earlier by what wake-ups took lately, at most 50 us, and what is left of
/// that is spun away: callbacks are never early, and late by what is unusual only.
///
/// Steps: at each wake the wall clock is compared with the boot clock; when they have moved apart
/// by more than 2 s since the last report, the listeners are told. Smaller changes add up.
///
/// Callbacks run on the loop's threads, one at a time, and let no exception escape. The clock may
/// be destroyed anywhere, but not from two threads; no callback runs after that.
class SystemClock final : public Clock {
public:
    /// How far the wall clock must have moved against the boot clock to count as a step.
    static constexpr Duration step_threshold = std::chrono::seconds(2);

    /// Fails only where the process may open no more descriptors.
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

}  // namespace quantum
