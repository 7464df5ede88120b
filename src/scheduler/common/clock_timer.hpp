#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <variant>

#include "quantum/clock.hpp"

namespace quantum::scheduler {

/// One timer of a clock. Set again it forgets what it was set to; it is cancelled when it goes.
/// What it calls must not outlive the caller's stage: a cast to it does not.
///
/// Used by one thread at a time; the call comes on the clock's.
class ClockTimer {
public:
    explicit ClockTimer(Clock& clock) : clock_(clock) {}
    ~ClockTimer() { cancel(); }
    ClockTimer(const ClockTimer&) = delete;
    ClockTimer& operator=(const ClockTimer&) = delete;

    /// Whether it was set, and neither set anew nor cancelled since: also after it has rung.
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
