#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "quantum/clock.hpp"

namespace quantum {

/// How much of a run's output is passed on line by line.
struct LineRate {
    std::uint64_t bytes_a_second = 0;
    std::uint64_t burst = 0;  ///< bytes at once, after a quiet period
};

/// Passes lines as long as they do not exceed a rate, and counts the others. Once closed, it
/// reopens when a quarter of the burst has accumulated, so that it does not oscillate.
///
/// A line counts as somewhat more bytes than it has, for the record written about it. Not
/// thread-safe.
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

    [[nodiscard]] bool admit(std::size_t bytes) {
        constexpr std::size_t around_a_line = 128;
        const std::uint64_t cost = bytes + around_a_line;
        if (!shut_ && cost <= saved_) {
            saved_ -= cost;
            return true;
        }
        shut_ = true;
        ++lines_;
        bytes_ += bytes;
        return false;
    }

    [[nodiscard]] bool is_shut() const { return shut_; }
    [[nodiscard]] std::uint64_t lines_left_out() const { return lines_; }
    [[nodiscard]] std::uint64_t bytes_left_out() const { return bytes_; }
    void forget_left_out() { lines_ = bytes_ = 0; }

private:
    LineRate rate_;
    std::uint64_t saved_;
    BootTime at_;
    bool shut_ = false;
    std::uint64_t lines_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace quantum
