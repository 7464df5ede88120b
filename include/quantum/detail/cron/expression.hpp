#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "quantum/detail/cron/years.hpp"
#include "quantum/time_stream.hpp"

namespace quantum::cron {

enum class Field : std::uint8_t { second, minute, hour, day, month, weekday, year };

/// A set of fields, one bit per field.
class FieldSet {
public:
    constexpr FieldSet() = default;
    [[nodiscard]] constexpr bool has(Field field) const { return (bits_ >> index(field) & 1) != 0; }
    constexpr void add(Field field) {
        bits_ = static_cast<std::uint8_t>(bits_ | 1U << index(field));
    }
    friend constexpr bool operator==(const FieldSet&, const FieldSet&) = default;

private:
    static constexpr unsigned index(Field field) { return static_cast<unsigned>(field); }
    std::uint8_t bits_ = 0;
};

/// What a day must match if both the day and the weekday field are restricted.
enum class DayRule : std::uint8_t { both, either };

/// Days of a month that are not plain numbers.
struct SpecialDays {
    /// Bit n: the n-th day before the last of the month (`L` is bit 0, `L-3` bit 3).
    std::uint32_t from_last = 0;
    /// Bit d: the weekday (Monday to Friday) nearest to day d, within the month (`15W`).
    std::uint32_t nearest_weekday = 0;
    /// Bit n: the weekday nearest to the n-th day before the last (`LW` is bit 0, `L-2W` bit 2).
    std::uint32_t nearest_from_last = 0;
    /// Bit w: the last weekday w of the month (`5L`); Sunday is bit 0.
    std::uint8_t last_weekday = 0;
    /// nth_weekday[n - 1] bit w: the n-th weekday w of the month (`5#2`).
    std::array<std::uint8_t, 5> nth_weekday{};
    /// True: `31W` in a shorter month means its last day (dialect `quantum`). False: it does not
    /// match.
    bool short_months_clamp = false;
    /// If the last day of the month is the 31st and a Sunday, `31W` does not match (true: dialect
    /// `spring`) or matches the Friday before (false).
    bool nearest_next_door = false;

    friend constexpr bool operator==(const SpecialDays&, const SpecialDays&) = default;
};

/// A crontab expression: the set of civil times that match. Pure: no zone, no clock.
///
/// Each field is a set with one bit per value. Values are created by `parse_cron` or the literal
/// `_cron`.
///
///     auto quarter = "*/15 * * * *"_cron;
///     auto due = quarter.next(local_days{2026y / 11 / 22} + 5min);
///
/// Thread-safety: a value; const after construction.
struct CronExpression {
    std::uint64_t seconds = 1;  ///< bits 0-59
    std::uint64_t minutes = 0;  ///< bits 0-59
    std::uint32_t hours = 0;    ///< bits 0-23
    std::uint32_t days = 0;     ///< bits 1-31
    std::uint16_t months = 0;   ///< bits 1-12
    std::uint8_t weekdays = 0;  ///< bits 0-6, Sunday is 0
    DayRule day_rule = DayRule::both;
    /// Fields with a `*` or a step: they follow real time through changes of the UTC offset.
    FieldSet running;
    /// Fields that start with `*` (or are absent, or `?`): Vixie's rule for the two day fields.
    FieldSet starred;
    SpecialDays special;
    YearSet years;

    /// What the search needs, derived from the fields above by `finish`.
    struct Index {
        std::uint64_t week_pattern = 0;  ///< weekdays, repeated over six weeks
        std::uint32_t first_time = 0;    ///< first matching second of a day
        std::uint32_t last_time = 0;     ///< last matching second of a day
        std::uint16_t months = 0;        ///< months in which some day can match
        bool every_day = false;          ///< no date needs to be computed
        bool plain = true;               ///< no special days
        bool leap_day = false;           ///< only 29 February can match

        friend constexpr bool operator==(const Index&, const Index&) = default;
    } index;

    /// The first matching time strictly after `after`; empty if there is none before the year
    /// 10000.
    [[nodiscard]] std::optional<std::chrono::local_seconds> next(
        std::chrono::local_seconds after) const;
    /// The last matching time strictly before `before`; empty if there is none since the year 0.
    [[nodiscard]] std::optional<std::chrono::local_seconds> prev(
        std::chrono::local_seconds before) const;
    [[nodiscard]] bool matches(std::chrono::local_seconds time) const;
    /// The matching times strictly after, or (latest first) strictly before.
    [[nodiscard]] TimeStream<CronExpression, std::chrono::local_seconds> after(
        std::chrono::local_seconds time) const;
    [[nodiscard]] TimeStream<CronExpression, std::chrono::local_seconds> before(
        std::chrono::local_seconds time) const;

    friend constexpr bool operator==(const CronExpression&, const CronExpression&) = default;
};

}  // namespace quantum::cron

namespace quantum {

using cron::CronExpression;
using cron::DayRule;

}  // namespace quantum
