#pragma once

#include <bit>
#include <cstdint>

#include "quantum/detail/cron/calendar.hpp"
#include "quantum/detail/cron/expression.hpp"

/// Which days of a month match: all day rules combined into one mask.
namespace quantum::cron {

inline constexpr std::uint32_t all_days = 0xFFFFFFFE;  // bits 1-31
inline constexpr std::uint8_t all_weekdays = 0x7F;
inline constexpr std::uint16_t all_months = 0x1FFE;

/// Everything the day rules need to know about a month.
struct MonthShape {
    std::uint32_t length = 31;        ///< 28-31
    std::uint32_t first_weekday = 0;  ///< weekday of day 1, Sunday 0

    [[nodiscard]] constexpr std::uint32_t weekday(std::uint32_t day) const {
        return (first_weekday + day - 1) % 7;
    }
};

namespace detail {

constexpr std::uint64_t repeat_week(std::uint8_t weekdays) {
    return weekdays * std::uint64_t{0x0000'0008'1020'4081};  // bits 0, 7, 14, 21, 28, 35
}

/// The weekday nearest to `day` without leaving the month.
constexpr std::uint32_t nearest_weekday(std::uint32_t day, const MonthShape& month) {
    const std::uint32_t weekday = month.weekday(day);
    if (weekday == 6) return day == 1 ? 3 : day - 1;
    if (weekday == 0) return day == month.length ? day - 2 : day + 1;
    return day;
}

constexpr std::uint32_t special_days(const SpecialDays& special, const MonthShape& month) {
    std::uint32_t mask = 0;
    for (std::uint32_t left = special.from_last; left != 0; left &= left - 1) {
        const auto n = static_cast<std::uint32_t>(std::countr_zero(left));
        if (n < month.length) mask |= 1U << (month.length - n);
    }
    for (std::uint32_t left = special.nearest_weekday; left != 0; left &= left - 1) {
        auto day = static_cast<std::uint32_t>(std::countr_zero(left));
        if (day > month.length) {
            if (!special.short_months_clamp) continue;
            day = month.length;
        }
        const bool far = day == month.length && month.weekday(day) == 0;
        if (special.nearest_next_door && far) continue;
        mask |= 1U << nearest_weekday(day, month);
    }
    for (std::uint32_t left = special.nearest_from_last; left != 0; left &= left - 1) {
        const auto n = static_cast<std::uint32_t>(std::countr_zero(left));
        if (n < month.length) mask |= 1U << nearest_weekday(month.length - n, month);
    }
    return mask;
}

constexpr std::uint32_t special_weekdays(const SpecialDays& special, const MonthShape& month) {
    std::uint32_t mask = 0;
    // Days 1-7 carry the first weekday of each kind, days 8-14 the second …
    for (std::uint32_t n = 0; n < special.nth_weekday.size(); ++n) {
        if (special.nth_weekday[n] == 0) continue;
        const auto days = static_cast<std::uint32_t>(repeat_week(special.nth_weekday[n]) >>
                                                     month.first_weekday << 1);
        mask |= static_cast<std::uint32_t>(days & (std::uint64_t{0xFE} << 7 * n));
    }
    if (special.last_weekday != 0) {
        const auto days = static_cast<std::uint32_t>(repeat_week(special.last_weekday) >>
                                                     month.first_weekday << 1);
        mask |= days & (0xFEU << (month.length - 7));
    }
    return mask;
}

}  // namespace detail

/// Bit d is set if day d of the month matches. `Expression` is a CronExpression or has the same
/// members.
template <class Expression>
[[nodiscard]] constexpr std::uint32_t matching_days(const Expression& expression,
                                                    const MonthShape& month) {
    std::uint32_t days = expression.days;
    auto weekdays =
        static_cast<std::uint32_t>(expression.index.week_pattern >> month.first_weekday << 1);
    if (!expression.index.plain) [[unlikely]] {
        days |= detail::special_days(expression.special, month);
        weekdays |= detail::special_weekdays(expression.special, month);
    }
    const std::uint32_t mask =
        expression.day_rule == DayRule::both ? days & weekdays : days | weekdays;
    return mask & static_cast<std::uint32_t>((std::uint64_t{2} << month.length) - 2);
}

}  // namespace quantum::cron
