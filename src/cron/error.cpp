#include "quantum/detail/cron/error.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "quantum/detail/cron/dialects.hpp"

#include "cron/hint.hpp"
#include "cron/on_calendar.hpp"
#include "cron/quoted.hpp"

namespace quantum::cron {

namespace {

/// "0 to 59", with the names where the field has some.
std::string allowed(const Rules& rules, Field field) {
    const Range range = range_of(rules, field);
    std::string text = std::to_string(range.low) + " to " + std::to_string(range.high);
    if (field == Field::weekday) text += " or SUN to SAT";
    if (field == Field::month) text += " or JAN to DEC";
    return text;
}

/// The same with the specials of the dialect: " …, L, 15W or LW".
std::string all_allowed(const Rules& rules, Field field) {
    struct Form {
        Special special;
        Field field;
        std::string_view text;
    };
    const bool from_one = rules.weekdays_from_one;
    const Form forms[] = {
        {Special::last_day, Field::day, "L"},
        {Special::last_day_offset, Field::day, "L-3"},
        {Special::nearest_weekday, Field::day, "15W"},
        {Special::last_nearest, Field::day, "LW"},
        {Special::last_weekday, Field::weekday, from_one ? "6L" : "5L"},
        {Special::nth_weekday, Field::weekday, from_one ? "6#2" : "5#2"},
        {Special::hash, field, "H"},
    };
    std::string text = allowed(rules, field);
    for (const Form& form : forms) {
        if (form.field != field || !rules.specials.has(form.special)) continue;
        text += ", ";
        text += form.text;
    }
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

std::string macros(const Rules& rules) {
    struct Named {
        Macro macro;
        const char* name;
    };
    constexpr Named all[] = {
        {Macro::yearly, "@yearly"}, {Macro::annually, "@annually"}, {Macro::monthly, "@monthly"},
        {Macro::weekly, "@weekly"}, {Macro::daily, "@daily"},       {Macro::midnight, "@midnight"},
        {Macro::hourly, "@hourly"}, {Macro::minutely, "@minutely"}, {Macro::secondly, "@secondly"},
        {Macro::reboot, "@reboot"}, {Macro::every, "@every 1h30m"},
    };
    std::string text;
    for (const Named& named : all) {
        if (!rules.macros.has(named.macro)) continue;
        if (!text.empty()) text += ", ";
        text += named.name;
    }
    return text.empty() ? "it has no macros" : "it has " + text;
}

/// What stands there and what is allowed.
std::string sentence(const CronError& error, const std::string& what, const Rules& rules,
                     const std::string& dialect) {
    const std::string field(to_string(error.field));
    const auto takes = [&] { return field + " takes " + allowed(rules, error.field); };
    const auto takes_all = [&] { return field + " takes " + all_allowed(rules, error.field); };
    switch (error.kind) {
        case CronErrorKind::none:
            break;
        case CronErrorKind::empty_text:
            return "the expression is empty; dialect " + dialect + " expects " +
                   counted_fields(rules) + ": " + field_names(rules);
        case CronErrorKind::missing_fields:
            return "the " + field + " field is missing; dialect " + dialect + " expects " +
                   counted_fields(rules) + ": " + field_names(rules);
        case CronErrorKind::extra_fields:
            return what + " is unexpected; dialect " + dialect + " has " + counted_fields(rules) +
                   ": " + field_names(rules);
        case CronErrorKind::empty_item:
            return "a value is missing; " + takes();
        case CronErrorKind::not_a_value:
            return what + " is not a valid " + field + "; " + takes_all();
        case CronErrorKind::out_of_range:
            return what + " is out of range; " + takes();
        case CronErrorKind::reversed_range:
            return what + " runs backwards; dialect " + dialect + " does not wrap around";
        case CronErrorKind::zero_step:
            return "a step of 0 is not allowed; steps start at 1";
        case CronErrorKind::bad_step:
            return what +
                   " is not a valid step; a step is '/' and a number of at least 1, after * or a "
                   "range";
        case CronErrorKind::step_too_large:
            return what + " steps beyond the field; " + takes();
        case CronErrorKind::not_in_dialect:
            return what + " is not supported in dialect " + dialect + "; " + takes_all();
        case CronErrorKind::bad_special:
            return what + " has no meaning in the " + field + " field; " + takes_all();
        case CronErrorKind::lone_special:
            return what + " combines L or # with other values, which dialect " + dialect +
                   " does not allow";
        case CronErrorKind::day_rule:
            return "exactly one of day and weekday must be '?' in dialect " + dialect + "; found " +
                   what;
        case CronErrorKind::unknown_macro:
            return what + " is not a schedule of dialect " + dialect + "; " + macros(rules);
        case CronErrorKind::bad_interval:
            return what +
                   " is not a valid interval; write @every and a duration, like 90s or 1h30m";
        case CronErrorKind::fine_interval:
            return what + " is not a whole number of milliseconds; the minimum is 1ms";
        case CronErrorKind::bad_rate:
            return what +
                   " is not a valid rate; write a number and minutes, hours or days, like "
                   "rate(5 minutes)";
        case CronErrorKind::bad_instant:
            return what + " is not a date and time; write at(2026-11-22T08:30:00)";
        case CronErrorKind::no_aws_form:
            return what +
                   " does not have a form of dialect aws: cron(15 10 ? * MON-FRI *), "
                   "rate(5 minutes) or at(2026-11-22T08:30:00)";
        case CronErrorKind::bad_calendar:
            return what +
                   " is not part of an OnCalendar expression, such as Mon..Fri "
                   "*-*-01,15 08:30:00 Europe/Zurich";
        case CronErrorKind::too_many_years:
            return what + " lists too many years; use ranges with steps";
        case CronErrorKind::not_civil:
            return what + " is a schedule, but not an expression of civil times";
        case CronErrorKind::never_matches:
            return what + " never occurs: no allowed year has such a date";
        case CronErrorKind::unknown_dialect:
            return "unknown dialect";
    }
    return "";
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
    if (dialect == Dialect::systemd) return explain_on_calendar(error, text);
    const Rules* known = rules_of(dialect);
    const Rules& rules = known != nullptr ? *known : cron_rules;
    const std::size_t from = std::min<std::size_t>(error.column - 1, text.size());
    const std::string_view what = text.substr(from, error.length);
    std::string message =
        sentence(error, quoted(what), rules, std::string(quantum::to_string(dialect)));
    const std::string hint = hint_for(error, what, text, rules);
    if (!hint.empty()) message += "; " + hint;
    return message;
}

}  // namespace quantum::cron
