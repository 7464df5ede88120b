#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "quantum/detail/cron/scanner.hpp"

/// The duration of `@every`, in Go's notation: 1h30m, 90s, 1.5h.
namespace quantum::cron::detail {

class IntervalParser : Scanner {
public:
    using Scanner::Scanner;

    /// Whole milliseconds, at least one; anything finer is rejected.
    constexpr bool parse(std::chrono::milliseconds& out) {
        const char* const duration = at_;
        // 285 years in nanoseconds fit; more is rejected.
        constexpr std::uint64_t limit = 9'000'000'000'000'000'000;
        constexpr std::uint64_t millisecond = 1'000'000;
        std::uint64_t total = 0;
        bool is_whole = true;
        while (!at_end()) {
            const char* const number = at_;
            const std::uint64_t whole = read_number();
            Fraction fraction = read_fraction();
            fraction.digits = fraction.digits || (at_ != number && *number != '.');
            const std::uint64_t unit = read_unit();
            if (!fraction.digits || unit == 0 || whole == too_large) {
                return fail(CronErrorKind::bad_interval, number, end_);
            }
            if (whole > limit / unit) return fail(CronErrorKind::bad_interval, duration, end_);
            total += whole * unit + fraction.of(unit);
            is_whole = is_whole && fraction.is_exact(unit);
            if (total > limit) return fail(CronErrorKind::bad_interval, duration, end_);
        }
        if (at_ == duration) return fail(CronErrorKind::bad_interval, duration, end_);
        if (!is_whole || total == 0 || total % millisecond != 0) {
            return fail(CronErrorKind::fine_interval, duration, end_);
        }
        out = std::chrono::milliseconds(total / millisecond);
        return true;
    }

private:
    /// The digits after the decimal point, in billionths.
    struct Fraction {
        std::uint64_t billionths = 0;
        bool digits = false;
        bool is_longer = false;  ///< has more digits than billionths

        /// Keeps products within 64 bits: an hour has few nanoseconds per millionth.
        [[nodiscard]] static constexpr std::uint64_t part(std::uint64_t unit) {
            return unit >= 1'000'000 ? 1'000'000 : 1;
        }
        [[nodiscard]] constexpr std::uint64_t of(std::uint64_t unit) const {
            return billionths * (unit / part(unit)) / (1'000'000'000 / part(unit));
        }
        [[nodiscard]] constexpr bool is_exact(std::uint64_t unit) const {
            return !is_longer &&
                   billionths * (unit / part(unit)) % (1'000'000'000 / part(unit)) == 0;
        }
    };

    constexpr Fraction read_fraction() {
        Fraction fraction;
        if (!at('.')) return fraction;
        ++at_;
        std::uint64_t weight = 100'000'000;
        for (; at_digit(); ++at_, weight /= 10) {
            const auto digit = static_cast<std::uint64_t>(*at_ - '0');
            fraction.billionths += weight * digit;
            fraction.is_longer = fraction.is_longer || (weight == 0 && digit != 0);
            fraction.digits = true;
        }
        return fraction;
    }

    /// The nanoseconds of the unit at the current position; 0 if there is none.
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
