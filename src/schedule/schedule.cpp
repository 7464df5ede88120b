#include "quantum/schedule.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "cron/search.hpp"
#include "schedule/rule.hpp"
#include "schedule/zoned_search.hpp"
#include "zone/zone.hpp"

namespace quantum {

namespace {

using std::chrono::seconds;

std::optional<WallTime> instant(std::int64_t since_epoch) {
    if (since_epoch == cron::never) return std::nullopt;
    return WallTime{seconds{since_epoch}};
}

/// The first anchor + k × period (k ≥ 1) after `after`.
std::optional<WallTime> next_in_interval(WallTime anchor, Duration period, WallTime after) {
    if (after < anchor) return anchor + period;
    const auto passed = (after - anchor) / period;
    const Duration left = WallTime::max() - after;
    if (left < period) return std::nullopt;
    return anchor + (passed + 1) * period;
}

}  // namespace

Schedule::Schedule(std::shared_ptr<const Rule> rule) : rule_(std::move(rule)) {}

std::optional<WallTime> Schedule::next(WallTime after) const {
    const Rule& rule = *rule_;
    switch (rule.kind) {
        case Rule::Kind::cron: {
            // Civil time has an end, and so have the instants worth looking at.
            std::int64_t from = std::chrono::floor<seconds>(after).time_since_epoch().count();
            if (from < cron::first_civil) from = cron::first_civil;
            if (from > cron::last_civil) return std::nullopt;
            if (rule.zone->is_utc()) return instant(cron::civil_from(rule.expression, from + 1));
            return instant(
                schedule::next_instant(rule.expression, *rule.zone, rule.zone_rules, from));
        }
        case Rule::Kind::interval:
            return next_in_interval(anchor_, rule.period, after);
        case Rule::Kind::reboot:
            break;
    }
    return std::nullopt;
}

bool Schedule::is_reboot() const { return rule_->kind == Rule::Kind::reboot; }

Schedule Schedule::anchored_at(WallTime anchor) const {
    Schedule copy = *this;
    copy.anchor_ = anchor;
    return copy;
}

std::string_view Schedule::text() const { return rule_->text; }
std::string_view Schedule::zone_name() const { return rule_->zone->name(); }
Dialect Schedule::dialect() const { return rule_->dialect; }

}  // namespace quantum
