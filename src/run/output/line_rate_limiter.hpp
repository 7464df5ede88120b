#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "quantum/clock.hpp"

namespace quantum::run {

/// How much of a job's output is passed on line by line, measured as written to a log.
struct LineRate {
    std::uint64_t bytes_a_second = 0;
    std::uint64_t burst = 0;      ///< bytes at once, after a quiet period
    std::uint64_t execution = 0;  ///< maximum per execution; 0: none
};

/// Passes lines as long as they do not exceed a rate. Once closed, it reopens when a quarter of the
/// burst has accumulated, so that it does not oscillate. Not thread-safe.
class LineRateLimiter {
public:
    LineRateLimiter(LineRate rate, BootTime now) : rate_(rate), saved_(rate.burst), at_(now) {}

    void pass_time(BootTime now) {
        const auto micros =
            static_cast<std::uint64_t>(std::max<std::int64_t>((now - at_).count(), 0));
        const std::uint64_t earned = rate_.bytes_a_second * micros / 1'000'000;
        if (earned == 0) return;  // short intervals are not lost
        at_ = now;
        saved_ = std::min(rate_.burst, saved_ + earned);
        if (saved_ >= rate_.burst / 4) shut_ = false;
    }

    [[nodiscard]] bool admit(std::size_t size) {
        shut_ = shut_ || size > saved_;
        if (!shut_) saved_ -= size;
        return !shut_;
    }

    [[nodiscard]] bool is_shut() const { return shut_; }
    [[nodiscard]] bool is_full() const { return saved_ == rate_.burst; }

private:
    LineRate rate_;
    std::uint64_t saved_;
    BootTime at_;
    bool shut_ = false;
};

}  // namespace quantum::run
