#pragma once

#include "quantum/detail/cron/rules.hpp"

/// The dialects that consist of fields. `systemd`, and the forms around `aws`, have their own
/// parsers.
namespace quantum::cron {

/// Vixie cron as implemented by cronie; `L W # ~`, `a/n` and `@every` are extensions.
inline constexpr Rules cron_rules{
    .dialect = Dialect::cron,
    .day_fields = DayFields::vixie,
    .specials = {Special::last_day, Special::last_day_offset, Special::nearest_weekday,
                 Special::last_nearest, Special::last_weekday, Special::nth_weekday,
                 Special::random},
    .macros = {Macro::yearly, Macro::annually, Macro::monthly, Macro::weekly, Macro::daily,
               Macro::midnight, Macro::hourly, Macro::reboot, Macro::every},
    .sunday_ends_week = true,
    .dash_prefix = true,
};

/// Quantum for Elixir (its library `crontab`), including its oddities.
inline constexpr Rules quantum_rules{
    .dialect = Dialect::quantum,
    .min_fields = 1,
    .max_fields = 6,
    .day_fields = DayFields::both,
    .specials = {Special::last_day, Special::nearest_weekday, Special::last_nearest,
                 Special::last_weekday, Special::nth_weekday, Special::last_value},
    .macros = {Macro::yearly, Macro::annually, Macro::monthly, Macro::weekly, Macro::daily,
               Macro::midnight, Macro::hourly, Macro::minutely, Macro::secondly, Macro::reboot},
    .any_case_macros = true,
    .reversed_ranges = true,
    .single_blanks = true,
    .signs = true,
    .divisible_steps = true,
    .open_special_ranges = true,
    .short_months_clamp = true,
    .first_year = 0,
    .last_year = 9999,
};

/// The same with seconds in front.
inline constexpr Rules quantum_extended_rules = [] {
    Rules rules = quantum_rules;
    rules.dialect = Dialect::quantum_extended;
    rules.first_field = 0;
    rules.max_fields = 7;
    return rules;
}();

/// robfig/cron as used by Kubernetes (and, in effect, GitHub Actions).
inline constexpr Rules kubernetes_rules{
    .dialect = Dialect::kubernetes,
    .day_fields = DayFields::star_or_both,
    .specials = {Special::question, Special::question_anywhere},
    .macros = {Macro::yearly, Macro::annually, Macro::monthly, Macro::weekly, Macro::daily,
               Macro::midnight, Macro::hourly, Macro::every},
    .last_weekday = 6,
    .signs = true,
    .empty_items = true,
    .zone_prefix = true,
};

/// robfig/cron with seconds, plus the specials written by Cronos.
inline constexpr Rules seconds_rules{
    .dialect = Dialect::seconds,
    .first_field = 0,
    .min_fields = 6,
    .max_fields = 6,
    .day_fields = DayFields::star_or_both,
    .specials = {Special::question, Special::question_anywhere, Special::last_day,
                 Special::last_day_offset, Special::nearest_weekday, Special::last_nearest,
                 Special::last_weekday, Special::nth_weekday},
    .macros = {Macro::yearly, Macro::annually, Macro::monthly, Macro::weekly, Macro::daily,
               Macro::midnight, Macro::hourly, Macro::every},
    .last_weekday = 6,
    .signs = true,
    .empty_items = true,
    .zone_prefix = true,
};

/// Spring's CronExpression.
inline constexpr Rules spring_rules{
    .dialect = Dialect::spring,
    .first_field = 0,
    .min_fields = 6,
    .max_fields = 6,
    .day_fields = DayFields::both,
    .specials = {Special::question, Special::last_day, Special::last_day_offset,
                 Special::nearest_weekday, Special::last_nearest, Special::last_weekday,
                 Special::nth_weekday},
    .macros = {Macro::yearly, Macro::annually, Macro::monthly, Macro::weekly, Macro::daily,
               Macro::midnight, Macro::hourly},
    .any_case_macros = true,
    .monday_first = true,
    .most_step_digits = 9,
    .nearest_next_door = true,
};

/// Quartz 2.
inline constexpr Rules quartz_rules{
    .dialect = Dialect::quartz,
    .first_field = 0,
    .min_fields = 6,
    .max_fields = 7,
    .day_fields = DayFields::one_question,
    .specials = {Special::last_day, Special::last_day_offset, Special::nearest_weekday,
                 Special::last_nearest, Special::last_offset_nearest, Special::last_weekday,
                 Special::nth_weekday, Special::last_value},
    .any_case_specials = true,
    .weekdays_from_one = true,
    .reversed_ranges = true,
    .bounded_steps = true,
    .bare_steps = true,
    .lone_last = true,
    .stray_letter = true,
    .last_year = 2299,
};

/// The contents of cron(…) in Amazon EventBridge.
inline constexpr Rules aws_rules{
    .dialect = Dialect::aws,
    .min_fields = 6,
    .max_fields = 6,
    .day_fields = DayFields::one_question,
    .specials = {Special::last_day, Special::last_day_offset, Special::nearest_weekday,
                 Special::last_nearest, Special::last_weekday, Special::nth_weekday,
                 Special::last_value},
    .any_case_specials = true,
    .weekdays_from_one = true,
    .reversed_ranges = true,
};

/// Jenkins; `H` is derived from the job's name.
inline constexpr Rules jenkins_rules{
    .dialect = Dialect::jenkins,
    .day_fields = DayFields::either,
    .specials = {Special::hash},
    .macros = {Macro::yearly, Macro::annually, Macro::monthly, Macro::weekly, Macro::daily,
               Macro::midnight, Macro::hourly},
    .zone_prefix = true,
};

/// The rules of a dialect; null for dialects with their own parsers.
[[nodiscard]] constexpr const Rules* rules_of(Dialect dialect) {
    switch (dialect) {
        case Dialect::cron:
            return &cron_rules;
        case Dialect::kubernetes:
            return &kubernetes_rules;
        case Dialect::seconds:
            return &seconds_rules;
        case Dialect::spring:
            return &spring_rules;
        case Dialect::quartz:
            return &quartz_rules;
        case Dialect::aws:
            return &aws_rules;
        case Dialect::jenkins:
            return &jenkins_rules;
        case Dialect::quantum:
            return &quantum_rules;
        case Dialect::quantum_extended:
            return &quantum_extended_rules;
        case Dialect::systemd:
            break;
    }
    return nullptr;
}

}  // namespace quantum::cron
