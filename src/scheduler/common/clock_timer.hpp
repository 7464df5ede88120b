#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <variant>

#include "quantum/clock.hpp"

namespace quantum::scheduler {

/// A timer of a clock. Setting it again replaces the previous setting; destroying it cancels it.
/// The callback must not outlive the caller's stage; a cast to the stage satisfies this.
///
/// Used by one thread at a time; the callback runs on the clock's thread.
class ClockTimer {
public:
    explicit ClockTimer(Clock& clock) : clock_(clock) {}
    ~ClockTimer() { cancel(); }
    ClockTimer(const ClockTimer&) = delete;
    ClockTimer& operator=(const ClockTimer&) = delete;

    /// Whether it has been set and neither set again nor cancelled since; also true after it has
    /// fired.
    [[nodiscard]] bool is_set() const { return id_.has_value(); }
    [[nodiscard]] bool is_set_to(WallTime due) const { return is_set() && due_ == Due(due); }
    [[nodiscard]] bool is_set_to(BootTime due) const { return is_set() && due_ == Due(due); }

    void set(WallTime due, std::function<void()> call) {
        cancel();
        due_ = due;
        id_ = clock_.wake_at(due, std::move(call));
    }
    void set(BootTime due, std::function<void()> call) {
        cancel();
        due_ = due;
        const Duration wait = due - clock_.boot_now();
        id_ = clock_.wake_after(wait < Duration::zero() ? Duration::zero() : wait, std::move(call));
    }
    void cancel() {
        if (id_) clock_.cancel(*id_);
        id_.reset();
    }

private:
    using Due = std::variant<WallTime, BootTime>;

    Clock& clock_;
    std::optional<Clock::TimerId> id_;
    Due due_;
};

}  // namespace quantum::scheduler
