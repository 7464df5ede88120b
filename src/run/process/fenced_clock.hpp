#pragma once

#include <memory>
#include <utility>

#include "quantum/clock.hpp"

namespace quantum::run {

/// A clock of somebody else, whose timers end with this object: once it is destroyed, no callback
/// that was set through it is running, will run, or exists.
///
/// For runners whose loop may go while the clock goes on. The clock must outlive it. Callbacks run
/// with a lock held, and must not destroy it. Thread-safety: that of Clock.
class FencedClock final : public Clock {
public:
    explicit FencedClock(Clock& clock);
    ~FencedClock() override;
    FencedClock(const FencedClock&) = delete;
    FencedClock& operator=(const FencedClock&) = delete;

    [[nodiscard]] WallTime wall_now() const override { return clock_.wall_now(); }
    [[nodiscard]] BootTime boot_now() const override { return clock_.boot_now(); }
    [[nodiscard]] TimerId wake_at(WallTime due, Callback callback) override;
    [[nodiscard]] TimerId wake_after(Duration delay, Callback callback) override;
    bool cancel(TimerId timer) override { return clock_.cancel(timer); }
    /// Not fenced: whoever listens ignores steps before this object is destroyed.
    [[nodiscard]] ListenerId on_step(StepCallback callback) override {
        return clock_.on_step(std::move(callback));
    }
    void ignore_steps(ListenerId listener) override { clock_.ignore_steps(listener); }

private:
    class Fence;
    class Timer;

    Clock& clock_;
    const std::shared_ptr<Fence> fence_;
};

}  // namespace quantum::run
