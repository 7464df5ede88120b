#pragma once

#include <cstdint>
#include <initializer_list>

#include "quantum/detail/cron/expression.hpp"
#include "quantum/dialect.hpp"

/// The differences between dialects, as data. A single grammar parses all of them.
namespace quantum::cron {

/// How the two day fields are combined.
enum class DayFields : std::uint8_t {
    vixie,         ///< either, but both if one starts with `*`
    star_or_both,  ///< either, but both if one contains a `*` (or `?`) without a step: robfig
    both,          ///< a day must match both
    either,        ///< a day must match one, unless the other is `*`
    one_question,  ///< exactly one of the two is `?`
};

/// Specials, one bit per special.
enum class Special : std::uint16_t {
    last_day = 1 << 0,              ///< L
    last_day_offset = 1 << 1,       ///< L-3
    nearest_weekday = 1 << 2,       ///< 15W
    last_nearest = 1 << 3,          ///< LW
    last_weekday = 1 << 4,          ///< 5L
    nth_weekday = 1 << 5,           ///< 5#2
    question = 1 << 6,              ///< ? is *
    random = 1 << 7,                ///< a~b
    hash = 1 << 8,                  ///< H
    last_value = 1 << 9,            ///< L as the highest month or weekday
    last_offset_nearest = 1 << 10,  ///< L-3W
    question_anywhere = 1 << 11,    ///< ? is * in every field
};

/// Macros, one bit per macro.
enum class Macro : std::uint16_t {
    yearly = 1 << 0,
    annually = 1 << 1,
    monthly = 1 << 2,
    weekly = 1 << 3,
    daily = 1 << 4,
    midnight = 1 << 5,
    hourly = 1 << 6,
    minutely = 1 << 7,
    secondly = 1 << 8,
    reboot = 1 << 9,
    every = 1 << 10,
};

template <class Bit>
class Bits {
public:
    constexpr Bits() = default;
    constexpr Bits(std::initializer_list<Bit> bits) {
        for (const Bit bit : bits) {
            bits_ = static_cast<std::uint16_t>(bits_ | static_cast<unsigned>(bit));
        }
    }
    [[nodiscard]] constexpr bool has(Bit bit) const {
        return (bits_ & static_cast<unsigned>(bit)) != 0;
    }

private:
    std::uint16_t bits_ = 0;
};

struct Rules {
    Dialect dialect = Dialect::cron;
    std::uint8_t first_field = 1;  ///< 0: seconds first
    std::uint8_t min_fields = 5;
    std::uint8_t max_fields = 5;
    DayFields day_fields = DayFields::vixie;
    Bits<Special> specials = {};
    Bits<Macro> macros = {};
    bool any_case_macros = false;
    bool any_case_specials = false;
    /// Weekday numbers: 0-7 with Sunday 0 and 7, or 1-7 with Sunday 1.
    bool weekdays_from_one = false;
    /// The end of `a/n` in the weekday field, if Sunday may also be 7.
    std::uint8_t last_weekday = 7;
    bool reversed_ranges = false;   ///< 22-2 wraps around
    bool sunday_ends_week = false;  ///< a range to Sunday as 0 or `sun` ends in 7: sat-sun, 5-0
    /// Spring: SUN is 7, `*` is 1-7, and a range that starts with 7 starts with 0.
    bool monday_first = false;
    bool single_blanks = false;  ///< exactly one space between fields, none before or after
    bool signs = false;          ///< +5 is 5
    /// Steps of Quantum for Elixir: `*/n` is every value divisible by n, and Sunday counts as 7.
    bool divisible_steps = false;
    bool open_special_ranges = false;    ///< in Quantum for Elixir `1-5#2` is `1-7`
    bool short_months_clamp = false;     ///< 31W in a shorter month is its last weekday
    bool empty_items = false;            ///< `1,,2` and `5,`: robfig ignores empty items
    bool bounded_steps = false;          ///< a step beyond the field's values is rejected
    std::uint8_t most_step_digits = 18;  ///< a step may far exceed its field
    /// Spring: no weekday is near the last day of a month if that is a Sunday.
    bool nearest_next_door = false;
    bool bare_steps = false;    ///< `/5` is `*/5`
    bool lone_last = false;     ///< no L in a list, and at most one #
    bool stray_letter = false;  ///< a letter after a number is ignored: Quartz
    bool dash_prefix = false;   ///< a leading `-`, which tells cronie not to log
    bool zone_prefix = false;   ///< TZ=Europe/Zurich in front of the fields
    std::uint16_t first_year = 1970;
    std::uint16_t last_year = 2199;
};

/// The range of numbers of a field.
struct Range {
    std::uint32_t low;
    std::uint32_t high;
};

[[nodiscard]] constexpr Range range_of(const Rules& rules, Field field) {
    switch (field) {
        case Field::second:
        case Field::minute:
            return {0, 59};
        case Field::hour:
            return {0, 23};
        case Field::day:
            return {1, 31};
        case Field::month:
            return {1, 12};
        case Field::weekday:
            return rules.weekdays_from_one ? Range{1, 7} : Range{0, 7};
        case Field::year:
            break;
    }
    return {rules.first_year, rules.last_year};
}

}  // namespace quantum::cron
