#pragma once

#include <bit>
#include <cstdint>

#include "quantum/detail/cron/days.hpp"

/// The last step of every parser: builds the search index and proves that something can match.
namespace quantum::cron {

namespace detail {

/// The kinds of years: the weekday of 1 January, for common (bits 0-6) and leap years (bits 7-13).
using YearKinds = std::uint32_t;
inline constexpr YearKinds every_kind = 0x3FFF;

constexpr YearKinds kinds_of(const YearSet& years) {
    if (years.every_year()) return every_kind;  // 400 years contain all fourteen
    YearKinds kinds = 0;
    for (std::int32_t y = years.first_from(first_year); y <= last_year && kinds != every_kind;
         y = years.first_from(y + 1)) {
        kinds |= 1U << (weekday_of(day_number_of(y, 1, 1)) + (is_leap(y) ? 7 : 0));
    }
    return kinds;
}

constexpr MonthShape shape_in_kind(std::uint32_t kind, std::uint32_t month) {
    const bool leap = kind >= 7;
    // All years of a kind are alike: take the offset of the month from one of them.
    const std::int32_t year = leap ? 2000 : 2001;
    const auto before =
        static_cast<std::uint32_t>(day_number_of(year, month, 1) - day_number_of(year, 1, 1));
    return {days_in_month(year, month), (kind % 7 + before) % 7};
}

/// The months in which, in some allowed year, some day matches. Exhaustive, and therefore a proof.
constexpr std::uint16_t possible_months(const CronExpression& e) {
    std::uint16_t possible = 0;
    const YearKinds kinds = kinds_of(e.years);
    for (std::uint32_t month = 1; month <= 12; ++month) {
        if ((e.months >> month & 1) == 0) continue;
        for (std::uint32_t kind = 0; kind < 14; ++kind) {
            if ((kinds >> kind & 1) == 0) continue;
            if (matching_days(e, shape_in_kind(kind, month)) == 0) continue;
            possible = static_cast<std::uint16_t>(possible | 1U << month);
            break;
        }
    }
    return possible;
}

inline constexpr std::uint32_t in_every_month = 0x1FFF'FFFE;  // days 1-28

/// True if the masks alone show that all months are possible: any of the days 1 to 28 occurs in
/// every month and, over all years, on every weekday.
constexpr bool all_months_possible(const CronExpression& e) {
    if (!e.index.plain || !e.years.every_year()) return false;
    if (e.day_rule == DayRule::either) return (e.days & in_every_month) != 0 || e.weekdays != 0;
    return (e.days & in_every_month) != 0 && e.weekdays != 0;
}

}  // namespace detail

/// Fills the index. Returns false if no time can ever match; this is a proof, not a search that
/// gave up.
[[nodiscard]] constexpr bool finish(CronExpression& e) {
    e.index.week_pattern = detail::repeat_week(e.weekdays);
    e.index.plain = e.special == SpecialDays{};
    if (e.seconds == 0 || e.minutes == 0 || e.hours == 0 || e.months == 0) return false;
    if (detail::all_months_possible(e)) [[likely]] {
        e.index.months = e.months;
    } else {
        e.index.months = detail::possible_months(e);
        if (e.index.months == 0) return false;
        e.index.leap_day = e.index.months == 1U << 2 && e.index.plain &&
                           e.day_rule == DayRule::both && (e.days & detail::in_every_month) == 0;
    }
    const bool any_day = e.days == all_days;
    const bool any_weekday = e.weekdays == all_weekdays;
    e.index.every_day =
        e.months == all_months && e.years.every_year() &&
        (e.day_rule == DayRule::both ? any_day && any_weekday : any_day || any_weekday);

    const auto first = [](std::uint64_t set) {
        return static_cast<std::uint32_t>(std::countr_zero(set));
    };
    const auto last = [](std::uint64_t set) {
        return static_cast<std::uint32_t>(63 - std::countl_zero(set));
    };
    e.index.first_time = (first(e.hours) * 60 + first(e.minutes)) * 60 + first(e.seconds);
    e.index.last_time = (last(e.hours) * 60 + last(e.minutes)) * 60 + last(e.seconds);
    return true;
}

}  // namespace quantum::cron
