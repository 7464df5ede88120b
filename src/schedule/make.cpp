#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quantum/cron.hpp"
#include "quantum/schedule.hpp"

#include "schedule/mutant.hpp"
#include "schedule/rule.hpp"

/// Schedules that are made by functions instead of text.
namespace quantum {

namespace {

/// Writes an expression in the first dialect that has words for it.
void write_text(const CronExpression& expression, std::string& text, Dialect& dialect) {
    for (const Dialect writer : {Dialect::cron, Dialect::seconds, Dialect::quantum,
                                 Dialect::quantum_extended, Dialect::quartz, Dialect::spring}) {
        if (auto written = format_cron(expression, writer)) {
            text = std::move(*written);
            dialect = writer;
            return;
        }
    }
}

std::string text_of(Duration period) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(period);
    if (whole == period) return "@every " + std::to_string(whole.count()) + "s";
    const auto fine = std::chrono::floor<std::chrono::milliseconds>(period);
    if (fine == period) return "@every " + std::to_string(fine.count()) + "ms";
    return "every " + std::to_string(period.count()) + " us";
}

}  // namespace

Result<Schedule> Schedule::of(const CronExpression& expression, std::string_view zone,
                              const DstPolicy& dst) {
    const zone::Zone* known = zone::Zone::named(zone);
    if (known == nullptr) {
        return fail(ErrorCode::invalid_argument,
                    "there is no time zone '" + std::string(zone) + "' in the time-zone data");
    }
    Rule rule;
    rule.set_expression(expression);
    std::string text;
    write_text(expression, text, rule.dialect);
    rule.text = text;
    rule.zone_rules = schedule::rules_for(expression, dst);
    rule.zone = known;
    rule.dst = dst;
    return Schedule(std::move(rule));
}

Schedule Schedule::every(Duration period, WallTime anchor) {
    Rule rule;
    rule.kind = Rule::Kind::interval;
    period = std::max(period, Duration{1});
    rule.more.own().period = period;
    rule.text = text_of(period);
    return Schedule(std::move(rule)).anchored_at(anchor);
}

Schedule Schedule::once(WallTime instant) {
    Rule rule;
    rule.kind = Rule::Kind::once;
    rule.text = "once";
    Schedule schedule{std::move(rule)};
    schedule.anchor_ = instant;
    return schedule;
}

Schedule Schedule::any_of(std::vector<Schedule> schedules) {
    Rule rule;
    rule.kind = Rule::Kind::any_of;
    std::string text;
    for (const Schedule& part : schedules) {
        if (!text.empty()) text += " | ";
        text += part.text();
    }
    rule.text = text;
    if (!schedules.empty()) {
        rule.zone = schedules.front().rule_->zone;
        rule.dialect = schedules.front().dialect();
    }
    rule.more.own().parts = std::move(schedules);
    return Schedule(std::move(rule));
}

Schedule Schedule::except(const Schedule& other) const {
    Rule rule;
    rule.kind = Rule::Kind::except;
    rule.zone = rule_->zone;
    rule.dialect = rule_->dialect;
    rule.text = std::string(text()) + " except " + std::string(other.text());
    rule.more.own().parts = {*this, other};
    return Schedule(std::move(rule));
}

Schedule Schedule::except_dates(std::vector<std::chrono::year_month_day> dates) const {
    std::sort(dates.begin(), dates.end());
    dates.erase(std::unique(dates.begin(), dates.end()), dates.end());
    Rule rule;
    rule.kind = Rule::Kind::except_dates;
    rule.zone = rule_->zone;
    rule.dialect = rule_->dialect;
    rule.text = std::string(text()) + " except dates";
    rule.more.own().parts = {*this};
    rule.more.own().dates = std::move(dates);
    return Schedule(std::move(rule));
}

Schedule Schedule::within(std::optional<WallTime> from, std::optional<WallTime> until) const {
    Rule rule;
    rule.kind = Rule::Kind::within;
    rule.zone = rule_->zone;
    rule.dialect = rule_->dialect;
    rule.text = rule_->text;
    rule.more.own().from = from;
    rule.more.own().until = until;
    rule.more.own().parts = {*this};
    return Schedule(std::move(rule));
}

Schedule Schedule::at_most(std::size_t count, WallTime from) const {
    // The window that holds exactly these due times.
    WallTime until = from + Duration{1};
    std::optional<WallTime> due = from;
    for (std::size_t i = 0; i < count + (mutated(ScheduleMutant::one_too_many) ? 1 : 0); ++i) {
        due = next(*due);
        if (!due) break;
        until = *due + Duration{1};
    }
    return within(from + Duration{1}, until);
}

}  // namespace quantum
