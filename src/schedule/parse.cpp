#include "cron/parse.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "quantum/cron.hpp"
#include "quantum/schedule.hpp"

#include "schedule/mutant.hpp"
#include "schedule/rule.hpp"
#include "zone/zone.hpp"

namespace quantum {

namespace {

using std::chrono::seconds;

ScheduleError worded(const cron::CronError& error, std::string_view text, Dialect dialect) {
    ScheduleError out;
    if (error.in_field) out.field = cron::to_string(error.field);
    out.column = error.column;
    out.length = error.length;
    out.message = cron::explain(error, text, dialect);
    return out;
}

ScheduleError unknown_zone(std::string_view name) {
    ScheduleError error;
    error.field = "zone";
    if (name == cron::no_zone_name) {
        error.message = "the zone's name is missing; names look like Europe/Zurich or UTC";
        return error;
    }
    error.message = "there is no time zone '" + std::string(name) +
                    "' in the time-zone data; names look like Europe/Zurich or UTC";
    return error;
}

/// Sets the day rule where both day fields are restricted. False if nothing can match by it.
bool set_day_rule(CronExpression& expression, DayRule rule) {
    using cron::Field;
    const bool any_date = expression.starred.has(Field::day) && expression.days == cron::all_days;
    const bool any_weekday =
        expression.starred.has(Field::weekday) && expression.weekdays == cron::all_weekdays;
    if ((any_date || any_weekday) && !mutated(schedule::ScheduleMutant::day_rule_beside_star))
        return true;
    expression.day_rule = rule;
    return cron::finish(expression);
}

}  // namespace

Error ScheduleError::to_error() const {
    std::string where;
    if (!field.empty()) where = field + " field, ";
    where += "column " + std::to_string(column) + ": ";
    return {ErrorCode::invalid_argument, where + message};
}

tl::expected<Schedule, ScheduleError> parse_schedule(std::string_view text,
                                                     const ScheduleOptions& options) {
    cron::ParsedText parsed;
    cron::CronError error;
    if (!cron::parse_text(text, options.dialect, options.name, parsed, error)) {
        return tl::unexpected(worded(error, text, options.dialect));
    }
    if (parsed.kind == cron::ParsedText::Kind::fields && options.days &&
        !set_day_rule(parsed.expression, *options.days)) {
        error = {.kind = cron::CronErrorKind::never_matches,
                 .in_field = true,
                 .field = cron::Field::day,
                 .length = static_cast<std::uint32_t>(text.size())};
        return tl::unexpected(worded(error, text, options.dialect));
    }
    // A zone in the text itself wins.
    const std::string_view zone_name =
        parsed.zone.empty() ||
                (mutated(schedule::ScheduleMutant::zone_of_text_loses) && options.zone != "UTC")
            ? options.zone
            : parsed.zone;
    const zone::Zone* zone = zone::Zone::named(zone_name);
    if (zone == nullptr) {
        ScheduleError unknown = unknown_zone(zone_name);
        if (!parsed.zone.empty()) {
            unknown.column = parsed.zone_column;
            unknown.length = zone_name.size();
        }
        return tl::unexpected(std::move(unknown));
    }

    Schedule::Rule rule;
    WallTime anchor{};
    switch (parsed.kind) {
        case cron::ParsedText::Kind::fields:
            rule.kind = Schedule::Rule::Kind::cron;
            break;
        case cron::ParsedText::Kind::reboot:
            rule.kind = Schedule::Rule::Kind::reboot;
            break;
        case cron::ParsedText::Kind::interval:
            rule.kind = Schedule::Rule::Kind::interval;
            break;
        case cron::ParsedText::Kind::once:
            rule.kind = Schedule::Rule::Kind::once;
            anchor = WallTime{seconds{zone->instant_of(parsed.once.time_since_epoch().count())}};
            break;
    }
    rule.dialect = options.dialect;
    rule.set_expression(parsed.expression);
    rule.zone = zone;
    rule.zone_rules = schedule::rules_for(parsed.expression, options.dst);
    if (parsed.interval != Duration{}) rule.more.own().period = parsed.interval;
    rule.dst = options.dst;
    if (parsed.kind == cron::ParsedText::Kind::fields) rule.days = options.days;
    rule.text = text;
    Schedule schedule{std::move(rule)};
    schedule.anchor_ = anchor;
    return schedule;
}

}  // namespace quantum
