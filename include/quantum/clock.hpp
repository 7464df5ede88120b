#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>

namespace quantum {

/// Every duration inside the library: whole microseconds.
using Duration = std::chrono::microseconds;

/// An instant of the wall clock, UTC, whole microseconds since 1970. It may jump.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

/// Tag of the clock that never jumps and goes on during suspend (CLOCK_BOOTTIME).
struct BootClock {};

/// An instant of the boot clock; only differences mean anything.
using BootTime = std::chrono::time_point<BootClock, Duration>;

/// One change of the wall clock against the boot clock. Suspend is no step.
struct ClockStep {
    WallTime before;  ///< what the wall clock would have shown without the change
    WallTime after;   ///< what it shows
    [[nodiscard]] Duration size() const { return after - before; }
};

/// The only door to time.
///
/// Real: `SystemClock`, absolute timers of the kernel that are told when the clock is set.
/// Simulated: `SimulatedClock` of `quantum/testing.hpp`, which moves only when told.
///
/// Thread-safety: every method may be called from any thread.
/// Callbacks run one at a time on the clock's own thread (the control thread; in a simulation the
/// caller of `advance`). They must not block: they hand over, usually by sending a message.
/// Errors: none.
class Clock {
public:
    using Callback = std::function<void()>;
    using StepCallback = std::function<void(const ClockStep&)>;
    enum class TimerId : std::uint64_t {};
    enum class ListenerId : std::uint64_t {};

    virtual ~Clock() = default;

    [[nodiscard]] virtual WallTime wall_now() const = 0;
    [[nodiscard]] virtual BootTime boot_now() const = 0;

    /// Calls `callback` once as soon as the wall clock shows `due` or later; at once if it does
    /// already. Never early: at the call `wall_now() >= due`, whatever was done to the clock.
    [[nodiscard]] virtual TimerId wake_at(WallTime due, Callback callback) = 0;

    /// Calls `callback` once when `delay` of real time (suspend included) has passed.
    [[nodiscard]] virtual TimerId wake_after(Duration delay, Callback callback) = 0;

    /// Forgets a timer. True if its callback has not run and never will. An unknown id is false.
    virtual bool cancel(TimerId timer) = 0;

    /// Calls `callback` at each step of the wall clock, until `ignore_steps`.
    [[nodiscard]] virtual ListenerId on_step(StepCallback callback) = 0;

    /// After this returns, the callback neither runs nor will run.
    virtual void ignore_steps(ListenerId listener) = 0;

protected:
    Clock() = default;
    Clock(const Clock&) = default;
    Clock& operator=(const Clock&) = default;
};

}  // namespace quantum
