#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "quantum/cron/scanner.hpp"

/// The duration of `@every`, in Go's words: 1h30m, 90s, 1.5h.
namespace quantum::cron::detail {

class IntervalParser : Scanner {
public:
    using Scanner::Scanner;

    /// Whole seconds, at least one; what is finer is cut, as robfig does.
    constexpr bool parse(std::chrono::seconds& out) {
        const char* const duration = at_;
        // 285 years in nanoseconds fit; more is refused.
        constexpr std::uint64_t limit = 9'000'000'000'000'000'000;
        std::uint64_t total = 0;
        while (!at_end()) {
            const char* const number = at_;
            const std::uint64_t whole = read_number();
            bool digits = at_ != number;
            const std::uint64_t billionths = read_fraction(digits);
            const std::uint64_t unit = read_unit();
            if (!digits || unit == 0 || whole == too_large) {
                return fail(CronErrorKind::bad_interval, number, end_);
            }
            if (whole > limit / unit) return fail(CronErrorKind::bad_interval, duration, end_);
            // In thousandths twice, so that the product stays within 64 bits.
            total += whole * unit + billionths / 1'000 * (unit / 1'000) / 1'000;
            if (total > limit) return fail(CronErrorKind::bad_interval, duration, end_);
        }
        if (total == 0) return fail(CronErrorKind::bad_interval, duration, end_);
        const std::uint64_t seconds = total / 1'000'000'000;
        out = std::chrono::seconds(seconds == 0 ? 1 : seconds);
        return true;
    }

private:
    /// The digits after a point, as billionths.
    constexpr std::uint64_t read_fraction(bool& digits) {
        if (!at('.')) return 0;
        ++at_;
        std::uint64_t billionths = 0;
        std::uint64_t weight = 100'000'000;
        for (; at_digit(); ++at_, weight /= 10) {
            billionths += weight * static_cast<std::uint64_t>(*at_ - '0');
            digits = true;
        }
        return billionths;
    }

    /// Nanoseconds of the unit at the head; 0 if there is none.
    constexpr std::uint64_t read_unit() {
        struct Unit {
            std::string_view name;
            std::uint64_t nanoseconds;
        };
        constexpr Unit units[] = {
            {"h", 3'600'000'000'000}, {"ms", 1'000'000}, {"m", 60'000'000'000},
            {"s", 1'000'000'000},     {"us", 1'000},     {"ns", 1},
        };
        const std::string_view left(at_, static_cast<std::size_t>(end_ - at_));
        for (const Unit& unit : units) {
            if (!left.starts_with(unit.name)) continue;
            at_ += unit.name.size();
            return unit.nanoseconds;
        }
        return 0;
    }
};

}  // namespace quantum::cron::detail
