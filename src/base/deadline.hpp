#pragma once

#include <algorithm>
#include <chrono>

#include "quantum/clock.hpp"

namespace quantum::base {

/// The sum of two waits; what is longer than any wait is for ever.
[[nodiscard]] constexpr Duration longer_by(Duration wait, Duration more) {
    return more > Duration::max() - std::max(wait, Duration::zero()) ? Duration::max()
                                                                     : wait + more;
}

/// The end of a wait, by a clock.
///
/// A value. `Duration::max()` is no end; zero or less has passed at once. The clock must outlive
/// it.
class Deadline {
public:
    Deadline(const Clock& clock, Duration timeout) : clock_(clock), end_(BootTime::max()) {
        const BootTime now = clock.boot_now();
        if (timeout < BootTime::max() - now) end_ = now + std::max(timeout, Duration::zero());
    }

    [[nodiscard]] bool is_none() const { return end_ == BootTime::max(); }
    [[nodiscard]] bool has_passed() const { return !is_none() && clock_.boot_now() >= end_; }
    /// Zero: it has passed. `Duration::max()`: there is none.
    [[nodiscard]] Duration left() const {
        if (is_none()) return Duration::max();
        return std::max(end_ - clock_.boot_now(), Duration::zero());
    }

private:
    const Clock& clock_;
    BootTime end_;
};

/// When a wait of real time from now on ends, for std::condition_variable.
[[nodiscard]] inline std::chrono::steady_clock::time_point real_end(Duration timeout) {
    constexpr Duration longest = std::chrono::hours(24 * 365);
    return std::chrono::steady_clock::now() + std::clamp(timeout, Duration::zero(), longest);
}

}  // namespace quantum::base
