#pragma once

#include <cstdint>

/// Civil days and dates of the proleptic Gregorian calendar, years 0 to 9999.
///
/// The arithmetic follows Neri and Schneider ("Euclidean affine functions and their application to
/// calendar algorithms", 2022): years start in March, and all divisions are by constants.
namespace quantum::cron {

inline constexpr int first_year = 0;
inline constexpr int last_year = 9999;

inline constexpr std::int64_t seconds_a_day = 86400;

struct Date {
    std::int32_t year = 1970;
    std::uint32_t month = 1;  ///< 1-12
    std::uint32_t day = 1;    ///< 1-31

    friend constexpr bool operator==(const Date&, const Date&) = default;
};

namespace detail {
// Shifts every day of interest above zero, so that the arithmetic can be unsigned.
inline constexpr std::uint32_t cycles = 82;  // of 400 years
inline constexpr std::uint32_t day_shift = 719468 + 146097 * cycles;
inline constexpr std::uint32_t year_shift = 400 * cycles;
}  // namespace detail

/// The date of a day number, counted from 1970-01-01.
[[nodiscard]] constexpr Date date_of(std::int32_t day_number) {
    const std::uint32_t n = static_cast<std::uint32_t>(day_number) + detail::day_shift;
    const std::uint32_t quarter_days = 4 * n + 3;
    const std::uint32_t century = quarter_days / 146097;
    const std::uint32_t of_century = quarter_days % 146097 / 4;

    const std::uint64_t product = std::uint64_t{2939745} * (4 * of_century + 3);
    const auto year_of_century = static_cast<std::uint32_t>(product >> 32);
    const std::uint32_t day_of_year = static_cast<std::uint32_t>(product) / 2939745 / 4;

    const std::uint32_t packed = 2141 * day_of_year + 197913;  // month above bit 16, day below
    const std::uint32_t month = packed >> 16;
    const std::uint32_t day = (packed & 0xFFFF) / 2141;
    const std::uint32_t after_december = day_of_year >= 306 ? 1 : 0;

    return {static_cast<std::int32_t>(100 * century + year_of_century + after_december -
                                      detail::year_shift),
            month - 12 * after_december, day + 1};
}

/// The day number of a date, which must exist.
[[nodiscard]] constexpr std::int32_t day_number_of(std::int32_t year, std::uint32_t month,
                                                   std::uint32_t day) {
    const std::uint32_t before_march = month <= 2 ? 1 : 0;
    const std::uint32_t y = static_cast<std::uint32_t>(year) + detail::year_shift - before_march;
    const std::uint32_t m = month + 12 * before_march;
    const std::uint32_t century = y / 100;
    const std::uint32_t years = 1461 * y / 4 - century + century / 4;
    const std::uint32_t months = (979 * m - 2919) >> 5;
    return static_cast<std::int32_t>(years + months + (day - 1) - detail::day_shift);
}

[[nodiscard]] constexpr bool is_leap(std::int32_t year) {
    return year % 100 == 0 ? year % 16 == 0 : year % 4 == 0;
}

/// 28 to 31.
[[nodiscard]] constexpr std::uint32_t days_in_month(std::int32_t year, std::uint32_t month) {
    if (month == 2) return is_leap(year) ? 29 : 28;
    return 30 | (month ^ (month >> 3));
}

/// 0 is Sunday.
[[nodiscard]] constexpr std::uint32_t weekday_of(std::int32_t day_number) {
    constexpr std::uint32_t weeks = detail::day_shift / 7 * 7;  // keeps the sum above zero
    return (static_cast<std::uint32_t>(day_number) + weeks + 4) % 7;
}

}  // namespace quantum::cron
