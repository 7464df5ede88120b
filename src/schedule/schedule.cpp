#include "quantum/schedule.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cron/search.hpp"
#include "schedule/combined.hpp"
#include "schedule/interval.hpp"
#include "schedule/mutant.hpp"
#include "schedule/rule.hpp"
#include "schedule/zoned_search.hpp"
#include "zone/zone.hpp"

namespace quantum {

namespace {

using std::chrono::seconds;

std::optional<WallTime> instant(std::int64_t since_epoch) {
    if (since_epoch == cron::never || since_epoch == cron::never_before) return std::nullopt;
    return WallTime{seconds{since_epoch}};
}

}  // namespace

Schedule::Schedule(Rule rule) : rule_(std::move(rule)) {}
// Here, where the rule is known.
Schedule::Schedule(const Schedule& other) noexcept = default;
Schedule::Schedule(Schedule&& other) noexcept = default;
Schedule& Schedule::operator=(const Schedule& other) noexcept = default;
Schedule& Schedule::operator=(Schedule&& other) noexcept = default;
Schedule::~Schedule() = default;

Result<Schedule> Schedule::of(const CronExpression& expression, std::string_view zone,
                              const DstPolicy& dst) {
    const zone::Zone* known = zone::Zone::named(zone);
    if (known == nullptr) {
        return fail(ErrorCode::invalid_argument,
                    "there is no time zone '" + std::string(zone) + "' in the time-zone data");
    }
    return Schedule(Rule::of(expression, *known, dst));
}

Schedule Schedule::every(Duration period, WallTime anchor) {
    return Schedule(Rule::every(std::max(period, Duration{1}))).anchored_at(anchor);
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
    Rule rule = Rule::over(Rule::Kind::except, *this,
                           std::string(text()) + " except " + std::string(other.text()));
    rule.more.own().parts.push_back(other);
    return Schedule(std::move(rule));
}

Schedule Schedule::except_dates(std::vector<std::chrono::year_month_day> dates) const {
    std::sort(dates.begin(), dates.end());
    dates.erase(std::unique(dates.begin(), dates.end()), dates.end());
    Rule rule = Rule::over(Rule::Kind::except_dates, *this, std::string(text()) + " except dates");
    rule.more.own().dates = std::move(dates);
    return Schedule(std::move(rule));
}

Schedule Schedule::within(std::optional<WallTime> from, std::optional<WallTime> until) const {
    Rule rule = Rule::over(Rule::Kind::within, *this, std::string(text()));
    rule.more.own().from = from;
    rule.more.own().until = until;
    return Schedule(std::move(rule));
}

Schedule Schedule::at_most(std::size_t count, WallTime from) const {
    // The window that holds exactly these due times.
    WallTime until = from + Duration{1};
    std::optional<WallTime> due = from;
    for (std::size_t i = 0; i < count + (mutated(schedule::ScheduleMutant::one_too_many) ? 1 : 0);
         ++i) {
        due = next(*due);
        if (!due) break;
        until = *due + Duration{1};
    }
    return within(from + Duration{1}, until);
}

std::optional<WallTime> Schedule::next(WallTime after) const {
    const Rule& rule = *rule_;
    if (rule.kind == Rule::Kind::cron) [[likely]] {
        // Civil time has an end, and so have the instants worth looking at.
        std::int64_t from = std::chrono::floor<seconds>(after).time_since_epoch().count();
        if (from < cron::first_civil) from = cron::first_civil - 1;
        if (from > cron::last_civil) return std::nullopt;
        return rule.with_expression([&rule, from](const auto& expression) {
            if (rule.zone->is_utc()) return instant(cron::civil_from(expression, from + 1));
            return instant(schedule::next_instant(expression, *rule.zone, rule.zone_rules, from));
        });
    }
    switch (rule.kind) {
        case Rule::Kind::interval:
            return schedule::next_in_interval(anchor_, rule.rest().period, after);
        case Rule::Kind::once:
            if (anchor_ > after ||
                (mutated(schedule::ScheduleMutant::once_again) && anchor_ == after))
                return anchor_;
            return std::nullopt;
        case Rule::Kind::any_of:
            return schedule::next_of_any(rule.rest().parts, after);
        case Rule::Kind::except:
            return schedule::next_except(rule.rest().parts[0], rule.rest().parts[1], after);
        case Rule::Kind::except_dates:
            return schedule::next_except_dates(rule.rest().parts[0], *rule.zone, rule.rest().dates,
                                               after);
        case Rule::Kind::within: {
            if (rule.rest().from && after < *rule.rest().from)
                after = *rule.rest().from -
                        Duration{mutated(schedule::ScheduleMutant::window_begin_left_out) ? 0 : 1};
            const auto due = rule.rest().parts[0].next(after);
            if (due && rule.rest().until &&
                (mutated(schedule::ScheduleMutant::window_end_included)
                     ? *due > *rule.rest().until
                     : *due >= *rule.rest().until))
                return std::nullopt;
            return due;
        }
        case Rule::Kind::cron:
        case Rule::Kind::reboot:
            break;
    }
    return std::nullopt;
}

std::optional<WallTime> Schedule::prev(WallTime before) const {
    const Rule& rule = *rule_;
    switch (rule.kind) {
        case Rule::Kind::cron: {
            // The last whole second strictly before.
            std::int64_t until = (mutated(schedule::ScheduleMutant::fraction_forgotten_backwards)
                                      ? std::chrono::floor<seconds>(before)
                                      : std::chrono::ceil<seconds>(before))
                                     .time_since_epoch()
                                     .count() -
                                 1;
            if (until > cron::last_civil) until = cron::last_civil + 1;
            if (until < cron::first_civil) return std::nullopt;
            return rule.with_expression([&rule, until](const auto& expression) {
                if (rule.zone->is_utc()) return instant(cron::civil_until(expression, until));
                return instant(
                    schedule::prev_instant(expression, *rule.zone, rule.zone_rules, until));
            });
        }
        case Rule::Kind::interval:
            return schedule::prev_in_interval(anchor_, rule.rest().period, before);
        case Rule::Kind::once:
            if (anchor_ < before) return anchor_;
            return std::nullopt;
        case Rule::Kind::any_of:
            return schedule::prev_of_any(rule.rest().parts, before);
        case Rule::Kind::except:
            return schedule::prev_except(rule.rest().parts[0], rule.rest().parts[1], before);
        case Rule::Kind::except_dates:
            return schedule::prev_except_dates(rule.rest().parts[0], *rule.zone, rule.rest().dates,
                                               before);
        case Rule::Kind::within: {
            if (rule.rest().until && before > *rule.rest().until) before = *rule.rest().until;
            const auto due = rule.rest().parts[0].prev(before);
            if (due && rule.rest().from && *due < *rule.rest().from) return std::nullopt;
            return due;
        }
        case Rule::Kind::reboot:
            break;
    }
    return std::nullopt;
}

bool Schedule::matches(WallTime instant) const {
    if (instant == WallTime::min()) return false;
    return next(instant - Duration{1}) == instant;
}

std::optional<WallTime> Schedule::next_left_out(WallTime after, WallTime before) const {
    const Rule& rule = *rule_;
    switch (rule.kind) {
        case Rule::Kind::cron: {
            const std::int64_t from = std::chrono::floor<seconds>(after).time_since_epoch().count();
            const std::int64_t until =
                std::chrono::ceil<seconds>(before).time_since_epoch().count();
            return rule.with_expression([&](const auto& expression) {
                return instant(
                    schedule::next_left_out(expression, *rule.zone, rule.zone_rules, from, until));
            });
        }
        case Rule::Kind::any_of:
            return schedule::next_left_out_of_any(rule.rest().parts, after, before);
        case Rule::Kind::except:
            return schedule::next_left_out_except(rule.rest().parts[0], rule.rest().parts[1], after,
                                                  before);
        case Rule::Kind::except_dates:
            return schedule::next_left_out_except_dates(rule.rest().parts[0], *rule.zone,
                                                        rule.rest().dates, after, before);
        case Rule::Kind::within:
            if (rule.rest().from && after < *rule.rest().from)
                after = *rule.rest().from - Duration{1};
            if (rule.rest().until && before > *rule.rest().until) before = *rule.rest().until;
            return rule.rest().parts[0].next_left_out(after, before);
        case Rule::Kind::reboot:
        case Rule::Kind::interval:
        case Rule::Kind::once:
            break;
    }
    return std::nullopt;
}

DueTimes Schedule::after(WallTime instant) const { return {*this, instant, true}; }
DueTimes Schedule::before(WallTime instant) const { return {*this, instant, false}; }

bool Schedule::is_reboot() const { return rule_->kind == Rule::Kind::reboot; }

bool Schedule::is_interval() const { return rule_->kind == Rule::Kind::interval; }

bool Schedule::has_interval() const {
    if (is_interval()) return true;
    return std::any_of(rule_->rest().parts.begin(), rule_->rest().parts.end(),
                       [](const Schedule& part) { return part.has_interval(); });
}

std::optional<WallTime> Schedule::once_at() const {
    if (rule_->kind != Rule::Kind::once) return std::nullopt;
    return anchor_;
}

std::span<const Schedule> Schedule::parts() const {
    if (rule_->kind != Rule::Kind::any_of) return {};
    return rule_->rest().parts;
}

const Schedule* Schedule::narrowed() const {
    const bool narrows =
        rule_->kind == Rule::Kind::within || rule_->kind == Rule::Kind::except_dates;
    return narrows ? &rule_->rest().parts.front() : nullptr;
}

std::optional<WallTime> Schedule::from() const { return rule_->rest().from; }
std::optional<WallTime> Schedule::until() const { return rule_->rest().until; }

std::span<const std::chrono::year_month_day> Schedule::left_out_dates() const {
    return rule_->rest().dates;
}

bool Schedule::is_fixed_time() const { return rule_->is_fixed_time(); }
std::size_t Schedule::hash() const { return rule_->hash(anchor_); }

Schedule Schedule::anchored_at(WallTime anchor) const {
    Schedule copy = *this;
    if (rule_->kind != Rule::Kind::once) copy.anchor_ = anchor;
    const bool anchored_parts = std::any_of(
        rule_->rest().parts.begin(), rule_->rest().parts.end(), [&](const Schedule& part) {
            return part.rule_->kind == Rule::Kind::interval || !part.rule_->rest().parts.empty();
        });
    if (anchored_parts && !mutated(schedule::ScheduleMutant::parts_not_anchored)) {
        Rule rule = *rule_;
        for (Schedule& part : rule.more.own().parts) part = part.anchored_at(anchor);
        copy.rule_ = std::move(rule);
    }
    return copy;
}

std::string_view Schedule::text() const { return rule_->text; }
std::string_view Schedule::zone_name() const { return rule_->zone->name(); }
Dialect Schedule::dialect() const { return rule_->dialect; }
const DstPolicy& Schedule::dst() const { return rule_->dst; }
Setting<DayRule> Schedule::days() const { return rule_->days; }

const CronExpression* Schedule::expression() const {
    return rule_->kind == Rule::Kind::cron ? &rule_->expression() : nullptr;
}

std::optional<Duration> Schedule::period() const {
    if (rule_->kind != Rule::Kind::interval) return std::nullopt;
    return rule_->rest().period;
}

bool operator==(const Schedule& a, const Schedule& b) {
    const auto& x = *a.rule_;
    const auto& y = *b.rule_;
    if (x.kind != y.kind ||
        (x.zone != y.zone && !mutated(schedule::ScheduleMutant::zone_is_no_difference)))
        return false;
    switch (x.kind) {
        case Schedule::Rule::Kind::cron:
            return x.same_expression(y) &&
                   (x.dst == y.dst || mutated(schedule::ScheduleMutant::dst_is_no_difference));
        case Schedule::Rule::Kind::reboot:
            return true;
        case Schedule::Rule::Kind::interval:
            return x.rest().period == y.rest().period && a.anchor_ == b.anchor_;
        case Schedule::Rule::Kind::once:
            return a.anchor_ == b.anchor_;
        case Schedule::Rule::Kind::any_of:
        case Schedule::Rule::Kind::except:
        case Schedule::Rule::Kind::except_dates:
        case Schedule::Rule::Kind::within:
            break;
    }
    const auto& a_more = x.rest();
    const auto& b_more = y.rest();
    return a_more.parts == b_more.parts && a_more.dates == b_more.dates &&
           a_more.from == b_more.from && a_more.until == b_more.until;
}

}  // namespace quantum
