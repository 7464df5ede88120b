#include "cron/parse.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "quantum/cron.hpp"
#include "quantum/schedule.hpp"

#include "schedule/rule.hpp"
#include "zone/zone.hpp"

namespace quantum {

namespace {

ScheduleError worded(const cron::CronError& error, std::string_view text, Dialect dialect) {
    ScheduleError out;
    if (error.in_field) out.field = cron::to_string(error.field);
    out.column = error.column;
    out.length = error.length;
    out.message = cron::explain(error, text, dialect);
    return out;
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
    auto rule = std::make_shared<Schedule::Rule>();
    cron::ParsedText parsed;
    cron::CronError error;
    if (!cron::parse_text(text, options.dialect, options.name, parsed, error)) {
        return tl::unexpected(worded(error, text, options.dialect));
    }
    const zone::Zone* zone = zone::Zone::named(options.zone);
    if (zone == nullptr) {
        ScheduleError unknown;
        unknown.field = "zone";
        unknown.message = "there is no time zone '" + std::string(options.zone) +
                          "' in the zone data; names look like Europe/Zurich or UTC";
        return tl::unexpected(std::move(unknown));
    }
    switch (parsed.kind) {
        case cron::ParsedText::Kind::fields:
            rule->kind = Schedule::Rule::Kind::cron;
            break;
        case cron::ParsedText::Kind::reboot:
            rule->kind = Schedule::Rule::Kind::reboot;
            break;
        case cron::ParsedText::Kind::interval:
            rule->kind = Schedule::Rule::Kind::interval;
            break;
    }
    rule->dialect = options.dialect;
    rule->expression = parsed.expression;
    rule->zone = zone;
    rule->zone_rules = schedule::rules_for(parsed.expression, options.dst);
    rule->period = parsed.interval;
    rule->dst = options.dst;
    rule->text = text;
    return Schedule(std::move(rule));
}

}  // namespace quantum
