#include <cstddef>
#include <cstdint>

#include "quantum/schedule.hpp"

#include "schedule/rule.hpp"

namespace quantum {

bool Schedule::is_interval() const { return rule_->kind == Rule::Kind::interval; }

bool Schedule::is_fixed_time() const {
    return rule_->kind == Rule::Kind::cron && !rule_->expression.running.has(cron::Field::hour);
}

bool operator==(const Schedule& a, const Schedule& b) {
    if (a.rule_ == b.rule_) return a.anchor_ == b.anchor_;
    const Schedule::Rule& one = *a.rule_;
    const Schedule::Rule& other = *b.rule_;
    if (one.kind != other.kind) return false;
    switch (one.kind) {
        case Schedule::Rule::Kind::reboot:
            return true;
        case Schedule::Rule::Kind::interval:
            return one.period == other.period && a.anchor_ == b.anchor_;
        case Schedule::Rule::Kind::cron:
            return one.zone == other.zone && one.dst == other.dst &&
                   one.expression == other.expression;
    }
    return false;
}

std::size_t Schedule::hash() const {
    std::uint64_t value = static_cast<std::uint64_t>(rule_->kind);
    const auto mix = [&value](std::uint64_t more) {
        value = (value ^ more) * 0x9E3779B97F4A7C15U;
        value ^= value >> 29U;
    };
    switch (rule_->kind) {
        case Rule::Kind::reboot:
            break;
        case Rule::Kind::interval:
            mix(static_cast<std::uint64_t>(rule_->period.count()));
            mix(static_cast<std::uint64_t>(anchor_.time_since_epoch().count()));
            break;
        case Rule::Kind::cron: {
            const cron::CronExpression& cron = rule_->expression;
            mix(cron.seconds);
            mix(cron.minutes);
            mix((std::uint64_t{cron.hours} << 32U) | cron.days);
            mix((std::uint64_t{cron.months} << 8U) | cron.weekdays);
            mix(reinterpret_cast<std::uintptr_t>(rule_->zone));
            break;
        }
    }
    return static_cast<std::size_t>(value);
}

}  // namespace quantum
