#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "quantum/clock.hpp"
#include "quantum/detail/mutex.hpp"

namespace quantum {

/// A clock that moves only when told to.
///
///     SimulatedClock clock(start);
///     clock.settle_with([&] { runtime.run_until_idle(); });
///     clock.advance(std::chrono::hours(24));   // a day, timer by timer
///
/// `advance` lets time pass and stops at each timer in order; `set_wall` is an operator or NTP
/// setting the wall clock; `suspend` is a sleeping machine. Timers are never early, whatever is
/// done.
///
/// Thread-safety: like any Clock. Callbacks run inside `advance`, `set_wall` and `suspend`, on the
/// caller's thread; they may set and cancel timers, but must not move the clock.
class SimulatedClock final : public Clock {
public:
    explicit SimulatedClock(WallTime start, BootTime boot = BootTime{});

    [[nodiscard]] WallTime wall_now() const override;
    [[nodiscard]] BootTime boot_now() const override;
    [[nodiscard]] TimerId wake_at(WallTime due, Callback callback) override;
    [[nodiscard]] TimerId wake_after(Duration delay, Callback callback) override;
    bool cancel(TimerId timer) override;
    [[nodiscard]] ListenerId on_step(StepCallback callback) override;
    void ignore_steps(ListenerId listener) override;

    /// Lets `duration` pass on both clocks, stopping at each timer on the way. Timers for the same
    /// instant run in the order in which they were set. Zero runs what is due now.
    void advance(Duration duration);

    /// Calls `advance` until the wall clock shows `instant`; no-op if it already does.
    void advance_to(WallTime instant);

    /// Sets the wall clock; the boot clock is unchanged. Listeners are notified, then timers that
    /// have become due run.
    void set_wall(WallTime instant);

    /// Moves both clocks by `duration` without stopping; then timers that have become due run,
    /// late.
    void suspend(Duration duration);

    /// Called before time moves and after each callback, until a call finds no due timer: the place
    /// to run a simulated runtime until it is idle.
    void settle_with(std::function<void()> settle);

    [[nodiscard]] std::size_t pending_timers() const;

private:
    template <class Time>
    using Timers = std::map<std::pair<Time, std::uint64_t>, Callback>;

    void run_due();
    [[nodiscard]] std::optional<Callback> take_due();
    /// If the clock is not set; zero if one is due.
    [[nodiscard]] std::optional<Duration> until_next_timer() const QUANTUM_REQUIRES(mutex_);

    mutable detail::Mutex mutex_;  // a leaf: no callback runs while it is held
    WallTime wall_ QUANTUM_GUARDED_BY(mutex_);
    BootTime boot_ QUANTUM_GUARDED_BY(mutex_);
    std::uint64_t next_id_ QUANTUM_GUARDED_BY(mutex_) = 1;
    Timers<WallTime> wall_timers_ QUANTUM_GUARDED_BY(mutex_);
    Timers<BootTime> boot_timers_ QUANTUM_GUARDED_BY(mutex_);
    std::map<std::uint64_t, WallTime> wall_due_ QUANTUM_GUARDED_BY(mutex_);
    std::map<std::uint64_t, BootTime> boot_due_ QUANTUM_GUARDED_BY(mutex_);
    std::function<void()> settle_ QUANTUM_GUARDED_BY(mutex_);

    detail::RecursiveMutex
        listeners_mutex_;  // held while listeners run: ignore_steps waits for them
    std::map<std::uint64_t, StepCallback> listeners_ QUANTUM_GUARDED_BY(listeners_mutex_);
};

}  // namespace quantum
