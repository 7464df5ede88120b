#pragma once

#include <cstdint>

#include "quantum/detail/cron/expression.hpp"

namespace quantum::cron {

/// The counterpart of YearSet for an expression without year restrictions.
struct EveryYear {
    [[nodiscard]] static constexpr bool contains(std::int32_t) { return true; }
    [[nodiscard]] static constexpr std::int32_t first_from(std::int32_t year) { return year; }
    [[nodiscard]] static constexpr std::int32_t last_until(std::int32_t year) { return year; }
};

/// A CronExpression without year restrictions, in half the size: what schedules store and what is
/// searched. Has the members of CronExpression.
struct PlainExpression {
    std::uint64_t seconds = 1;
    std::uint64_t minutes = 0;
    std::uint32_t hours = 0;
    std::uint32_t days = 0;
    std::uint16_t months = 0;
    std::uint8_t weekdays = 0;
    DayRule day_rule = DayRule::both;
    FieldSet running;
    FieldSet starred;
    SpecialDays special;
    CronExpression::Index index;
    static constexpr EveryYear years{};

    PlainExpression() = default;
    /// Omits the years of `e`.
    explicit PlainExpression(const CronExpression& e)
        : seconds(e.seconds),
          minutes(e.minutes),
          hours(e.hours),
          days(e.days),
          months(e.months),
          weekdays(e.weekdays),
          day_rule(e.day_rule),
          running(e.running),
          starred(e.starred),
          special(e.special),
          index(e.index) {}

    [[nodiscard]] CronExpression whole() const {
        CronExpression e;
        e.seconds = seconds;
        e.minutes = minutes;
        e.hours = hours;
        e.days = days;
        e.months = months;
        e.weekdays = weekdays;
        e.day_rule = day_rule;
        e.running = running;
        e.starred = starred;
        e.special = special;
        e.index = index;
        return e;
    }

    friend bool operator==(const PlainExpression&, const PlainExpression&) = default;
};

}  // namespace quantum::cron
