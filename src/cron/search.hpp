#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include "quantum/detail/cron/days.hpp"

#include "cron/mutant.hpp"

/// The search for matching civil times, in seconds since 1970-01-01T00:00 of the civil clock.
///
/// There is no loop over minutes or days: only the next set bit within the day, the month as one
/// mask of days, and a walk over the allowed months. Inline, because this is all that `next` does;
/// used for expressions with and without years (PlainExpression).
namespace quantum::cron {

inline constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t never_before = std::numeric_limits<std::int64_t>::min();

inline constexpr std::int32_t first_day_number = day_number_of(first_year, 1, 1);
inline constexpr std::int32_t last_day_number = day_number_of(last_year, 12, 31);
inline constexpr std::int64_t first_civil = first_day_number * seconds_a_day;
inline constexpr std::int64_t last_civil = (last_day_number + 1) * seconds_a_day - 1;

namespace detail {

inline constexpr std::int32_t no_day = std::numeric_limits<std::int32_t>::max();
inline constexpr std::uint32_t no_time = std::numeric_limits<std::uint32_t>::max();

inline std::uint32_t lowest(std::uint64_t set) {
    return static_cast<std::uint32_t>(std::countr_zero(set));
}
inline std::uint32_t highest(std::uint64_t set) {
    return static_cast<std::uint32_t>(63 - std::countl_zero(set));
}

/// The first matching second of the day at or after `time`; no_time if there is none.
template <class Expression>
std::uint32_t time_from(const Expression& e, std::uint32_t time) {
    // A single time per day is the common case and needs no arithmetic.
    if (time <= e.index.first_time) return e.index.first_time;
    if (time > e.index.last_time ||
        (mutated(CronMutant::last_time_left_out) && time == e.index.last_time))
        return no_time;

    const std::uint32_t minute_of_day = time / 60;
    const std::uint32_t second = time % 60;
    const std::uint32_t hour = minute_of_day / 60;
    const std::uint32_t minute = minute_of_day % 60;

    if ((e.hours >> hour & 1) != 0) {
        std::uint64_t minutes = e.minutes >> minute << minute;
        const std::uint64_t seconds = e.seconds >> second << second;
        if ((e.minutes >> minute & 1) != 0) {
            if (seconds != 0) return minute_of_day * 60 + lowest(seconds);
            minutes &= minutes - 1;
        }
        if (minutes != 0) return (hour * 60 + lowest(minutes)) * 60 + lowest(e.seconds);
    }
    const std::uint64_t hours = std::uint64_t{e.hours} >> hour >> 1;
    if (hours == 0) return no_time;
    return (hour + 1 + lowest(hours)) * 3600 + e.index.first_time % 3600;
}

/// The last matching second of the day at or before `time`; no_time if there is none.
template <class Expression>
std::uint32_t time_until(const Expression& e, std::uint32_t time) {
    if (time >= e.index.last_time) return e.index.last_time;
    if (time < e.index.first_time) return no_time;

    const std::uint32_t minute_of_day = time / 60;
    const std::uint32_t second = time % 60;
    const std::uint32_t hour = minute_of_day / 60;
    const std::uint32_t minute = minute_of_day % 60;
    const auto below = [](std::uint32_t n) { return (std::uint64_t{1} << n) - 1; };

    if ((e.hours >> hour & 1) != 0) {
        if ((e.minutes >> minute & 1) != 0) {
            const std::uint64_t seconds = e.seconds & (below(second) << 1 | 1);
            if (seconds != 0) return minute_of_day * 60 + highest(seconds);
        }
        const std::uint64_t minutes = e.minutes & below(minute);
        if (minutes != 0) return (hour * 60 + highest(minutes)) * 60 + highest(e.seconds);
    }
    const std::uint64_t hours = e.hours & below(hour);
    if (hours == 0) return no_time;
    return highest(hours) * 3600 + e.index.last_time % 3600;
}

/// A month during the walk: its shape is known once its first day is.
struct MonthAt {
    std::int32_t year;
    std::uint32_t month;
    std::int32_t first_day;

    [[nodiscard]] MonthShape shape() const {
        return {days_in_month(year, month), weekday_of(first_day)};
    }
};

inline MonthAt month_at(std::int32_t year, std::uint32_t month) {
    return {year, month, day_number_of(year, month, 1)};
}

/// The first matching day of the allowed months after (year, month).
template <class Expression>
std::int32_t day_in_months_after(const Expression& e, std::int32_t year, std::uint32_t month) {
    std::uint32_t months = std::uint32_t{e.index.months} >> month >> 1 << month << 1;
    for (;;) {
        if (months == 0) {
            const bool leap_years =
                e.index.leap_day && !mutated(CronMutant::leap_days_from_any_year);
            year = e.years.first_from(leap_years         ? (year + 4) & ~3
                                      : e.index.leap_day ? year + 4
                                                         : year + 1);
            months = e.index.months;
        }
        if (year > last_year) return no_day;
        const MonthAt at = month_at(year, lowest(months));
        months &= months - 1;
        const std::uint32_t days = matching_days(e, at.shape());
        if (days != 0) return at.first_day + static_cast<std::int32_t>(lowest(days)) - 1;
    }
}

/// The last matching day of the allowed months before (year, month).
template <class Expression>
std::int32_t day_in_months_before(const Expression& e, std::int32_t year, std::uint32_t month) {
    std::uint32_t months = e.index.months & ((1U << month) - 1);
    for (;;) {
        if (months == 0) {
            year = e.years.last_until(e.index.leap_day ? (year - 1) & ~3 : year - 1);
            months = e.index.months;
        }
        if (year < first_year) return no_day;
        const std::uint32_t m = highest(months);
        // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): months is not empty
        months ^= 1U << m;
        const MonthAt at = month_at(year, m);
        const std::uint32_t days = matching_days(e, at.shape());
        if (days != 0) return at.first_day + static_cast<std::int32_t>(highest(days)) - 1;
    }
}

/// A day within its month, with the mask of matching days; none if the month or year is not
/// allowed.
struct DayAt {
    Date date;
    std::uint32_t days;

    template <class Expression>
    DayAt(const Expression& e, std::int32_t day) : date(date_of(day)), days(0) {
        if ((e.index.months >> date.month & 1) == 0 || !e.years.contains(date.year)) return;
        days = matching_days(e, {days_in_month(date.year, date.month),
                                 weekday_of(day - static_cast<std::int32_t>(date.day) + 1)});
    }
};

}  // namespace detail

/// The first match at or after `from`; `never` if there is none before the year 10000.
template <class Expression>
std::int64_t civil_from(const Expression& e, std::int64_t from) {
    using namespace detail;
    if (from < first_civil) from = first_civil;
    if (from > last_civil) return never;
    const auto since_first = static_cast<std::uint64_t>(from - first_civil);
    const auto whole_days = static_cast<std::uint32_t>(since_first / seconds_a_day);
    const auto time = static_cast<std::uint32_t>(since_first % seconds_a_day);
    const std::int32_t day = static_cast<std::int32_t>(whole_days) + first_day_number;

    if (e.index.every_day) {
        const std::uint32_t found = time_from(e, time);
        if (found != no_time) return from - time + found;
        if (day == last_day_number) return never;
        return from - time + seconds_a_day + e.index.first_time;
    }

    const DayAt at(e, day);
    std::uint32_t later = at.days >> at.date.day;
    if ((later & 1) != 0) {
        const std::uint32_t found = time_from(e, time);
        if (found != no_time) return from - time + found;
        later ^= 1;
    }
    std::int32_t found_day = no_day;
    if (later != 0) {
        found_day = day + static_cast<std::int32_t>(lowest(later));
    } else {
        // A year that is not allowed has no months: continue from its end.
        const bool year_allowed = e.years.contains(at.date.year);
        found_day = day_in_months_after(
            e, at.date.year,
            year_allowed || mutated(CronMutant::year_begins_where_it_is) ? at.date.month : 12);
        if (found_day == no_day) return never;
    }
    return found_day * seconds_a_day + e.index.first_time;
}

/// The last match at or before `until`; `never_before` if there is none since the year 0.
template <class Expression>
std::int64_t civil_until(const Expression& e, std::int64_t until) {
    using namespace detail;
    if (until < first_civil) return never_before;
    if (until > last_civil) until = last_civil;
    const auto since_first = static_cast<std::uint64_t>(until - first_civil);
    const auto whole_days = static_cast<std::uint32_t>(since_first / seconds_a_day);
    const auto time = static_cast<std::uint32_t>(since_first % seconds_a_day);
    const std::int32_t day = static_cast<std::int32_t>(whole_days) + first_day_number;

    const DayAt at(e, day);
    std::uint32_t earlier =
        at.days & static_cast<std::uint32_t>((std::uint64_t{2} << at.date.day) - 1);
    if ((earlier >> at.date.day & 1) != 0) {
        const std::uint32_t found = time_until(e, time);
        if (found != no_time) return until - time + found;
        earlier ^= 1U << at.date.day;
    }
    std::int32_t found_day = no_day;
    if (earlier != 0 && !mutated(CronMutant::earlier_day_of_month_lost)) {
        found_day = day - static_cast<std::int32_t>(at.date.day) +
                    static_cast<std::int32_t>(highest(earlier));
    } else {
        const bool year_allowed = e.years.contains(at.date.year);
        found_day = day_in_months_before(e, at.date.year, year_allowed ? at.date.month : 1);
        if (found_day == no_day) return never_before;
    }
    return found_day * seconds_a_day + e.index.last_time;
}

/// True if `time` itself matches.
template <class Expression>
bool civil_matches(const Expression& e, std::int64_t time) {
    return civil_from(e, time) == time;
}

}  // namespace quantum::cron
