#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>

namespace quantum {

/// The type of all durations in the library, in microseconds.
using Duration = std::chrono::microseconds;

/// An instant of the wall clock, in UTC, in microseconds since 1970. The wall clock may jump.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

/// Tag for the clock that never jumps and keeps counting during suspend (CLOCK_BOOTTIME).
struct BootClock {};

/// An instant of the boot clock; only differences are meaningful.
using BootTime = std::chrono::time_point<BootClock, Duration>;

/// A change of the wall clock relative to the boot clock. A suspend is not a step.
struct ClockStep {
    WallTime before;  ///< what the wall clock would have shown without the change
    WallTime after;   ///< what it shows now
    [[nodiscard]] Duration size() const { return after - before; }
};

/// The only source of time.
///
/// Real: `SystemClock`, with absolute kernel timers that are notified when the clock is set.
/// Simulated: `SimulatedClock` from `quantum/testing.hpp`, which is advanced explicitly.
///
/// Thread-safety: every method may be called from any thread.
/// Callbacks run one at a time on the clock's own thread (the control thread; in a simulation, the
/// caller of `advance`). They must not block; typically they just send a message.
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

    /// Calls `callback` once, as soon as the wall clock shows `due` or later, or at once if it
    /// already does. Never early: `wall_now() >= due` holds at the time of the call, however the
    /// clock has been set.
    [[nodiscard]] virtual TimerId wake_at(WallTime due, Callback callback) = 0;

    /// Calls `callback` once after `delay` of real time, including time spent in suspend.
    [[nodiscard]] virtual TimerId wake_after(Duration delay, Callback callback) = 0;

    /// Cancels a timer. Returns true if its callback has not run and never will, false if the timer
    /// is unknown.
    virtual bool cancel(TimerId timer) = 0;

    /// Calls `callback` at each step of the wall clock, until `ignore_steps`.
    [[nodiscard]] virtual ListenerId on_step(StepCallback callback) = 0;

    /// Once this returns, the callback is not running and will not be called again.
    virtual void ignore_steps(ListenerId listener) = 0;

protected:
    Clock() = default;
    Clock(const Clock&) = default;
    Clock& operator=(const Clock&) = default;
};

}  // namespace quantum
