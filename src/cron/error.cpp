#include "quantum/cron/error.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "quantum/cron/dialects.hpp"

namespace quantum::cron {

namespace {

/// The offending text in quotes, cut and with what cannot be shown replaced.
std::string quoted(std::string_view text) {
    constexpr std::size_t most = 40;
    const bool cut = text.size() > most;
    std::string shown = "'";
    for (const char c : text.substr(0, most)) {
        const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
        shown += control ? '?' : c;
    }
    shown += cut ? "…'" : "'";
    return shown;
}

/// "0 to 59", with the names where the field has some.
std::string allowed(const Rules& rules, Field field) {
    const Range range = range_of(rules, field);
    std::string text = std::to_string(range.low) + " to " + std::to_string(range.high);
    if (field == Field::weekday) {
        text += rules.weekdays_from_one ? " (1 is Sunday) or SUN to SAT"
                                        : " (0 and 7 are Sunday) or SUN to SAT";
    }
    if (field == Field::month) text += " or JAN to DEC";
    return text;
}

std::string field_names(const Rules& rules) {
    std::string text;
    for (unsigned i = 0; i < rules.max_fields; ++i) {
        if (i > 0) text += ", ";
        text += to_string(static_cast<Field>(rules.first_field + i));
    }
    return text;
}

std::string counted_fields(const Rules& rules) {
    const std::string most = std::to_string(rules.max_fields);
    if (rules.min_fields == rules.max_fields) return most + " fields";
    return std::to_string(rules.min_fields) + " to " + most + " fields";
}

}  // namespace

std::string_view to_string(Field field) {
    switch (field) {
        case Field::second:
            return "second";
        case Field::minute:
            return "minute";
        case Field::hour:
            return "hour";
        case Field::day:
            return "day";
        case Field::month:
            return "month";
        case Field::weekday:
            return "weekday";
        case Field::year:
            return "year";
    }
    return "";
}

std::string explain(const CronError& error, std::string_view text, Dialect dialect) {
    const Rules* known = rules_of(dialect);
    const Rules& rules = known != nullptr ? *known : cron_rules;
    const std::size_t from = std::min<std::size_t>(error.column - 1, text.size());
    const std::string_view what = text.substr(from, error.length);
    const std::string field(to_string(error.field));
    const std::string name(quantum::to_string(dialect));

    switch (error.kind) {
        case CronErrorKind::none:
            return "";
        case CronErrorKind::empty_text:
            return "the expression is empty; dialect " + name + " wants " + counted_fields(rules) +
                   ": " + field_names(rules);
        case CronErrorKind::missing_fields:
            return "the " + field + " field is missing; dialect " + name + " wants " +
                   counted_fields(rules) + ": " + field_names(rules);
        case CronErrorKind::extra_fields:
            return quoted(what) + " is too much; dialect " + name + " has " +
                   counted_fields(rules) + ": " + field_names(rules);
        case CronErrorKind::empty_item:
            return "a value is missing; " + field + " takes " + allowed(rules, error.field);
        case CronErrorKind::not_a_value:
            return quoted(what) + " is no " + field + "; allowed is " + allowed(rules, error.field);
        case CronErrorKind::out_of_range:
            return quoted(what) + " is out of range; " + field + " takes " +
                   allowed(rules, error.field);
        case CronErrorKind::reversed_range:
            return quoted(what) + " runs backwards; dialect " + name +
                   " does not wrap around, write two ranges";
        case CronErrorKind::zero_step:
            return "a step of 0 never moves; steps start at 1";
        case CronErrorKind::bad_step:
            return quoted(what) + " is no step; a step is '/' and a number from 1";
        case CronErrorKind::step_too_large:
            return quoted(what) + " steps beyond the field; " + field + " takes " +
                   allowed(rules, error.field);
        case CronErrorKind::not_in_dialect:
            return quoted(what) + " is not supported in dialect " + name + "; " + field +
                   " takes " + allowed(rules, error.field);
        case CronErrorKind::bad_special:
            return quoted(what) + " means nothing in the " + field + " field";
        case CronErrorKind::lone_special:
            return quoted(what) + " lists L or # with other values, which dialect " + name +
                   " does not allow";
        case CronErrorKind::day_rule:
            return "exactly one of day and weekday must be '?' in dialect " + name;
        case CronErrorKind::unknown_macro:
            return quoted(what) + " is no schedule of dialect " + name;
        case CronErrorKind::bad_interval:
            return quoted(what) + " is no interval; write @every and a duration, like 90s or 1h30m";
        case CronErrorKind::bad_rate:
            return quoted(what) +
                   " is no rate; write a number and minutes, hours or days, like "
                   "rate(5 minutes)";
        case CronErrorKind::bad_instant:
            return quoted(what) + " is no date and time; write at(2026-11-22T08:30:00)";
        case CronErrorKind::no_aws_form:
            return quoted(what) +
                   " has no form of dialect aws: cron(fields), rate(5 minutes) or "
                   "at(2026-11-22T08:30:00)";
        case CronErrorKind::bad_calendar:
            return quoted(what) +
                   " is no part of an OnCalendar expression, such as Mon..Fri "
                   "*-*-01,15 08:30:00 Europe/Zurich";
        case CronErrorKind::too_many_years:
            return quoted(what) + " lists too many years; use ranges with steps";
        case CronErrorKind::not_civil:
            return quoted(what) + " is a schedule, but no expression of civil times";
        case CronErrorKind::never_matches:
            return quoted(what) + " can never be: no allowed year has such a date";
        case CronErrorKind::unknown_dialect:
            return "there is no dialect '" + name + "'";
    }
    return "";
}

}  // namespace quantum::cron
