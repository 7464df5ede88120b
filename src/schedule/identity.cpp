#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "quantum/schedule.hpp"

#include "schedule/rule.hpp"
#include "schedule/view.hpp"

/// What the scheduler tells schedules apart by.
namespace quantum {

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

bool Schedule::is_fixed_time() const {
    switch (rule_->kind) {
        case Rule::Kind::cron:
            return !rule_->plain.running.has(cron::Field::hour);
        case Rule::Kind::once:
            return true;
        case Rule::Kind::reboot:
        case Rule::Kind::interval:
            return false;
        case Rule::Kind::any_of:
            return std::all_of(rule_->rest().parts.begin(), rule_->rest().parts.end(),
                               [](const Schedule& part) { return part.is_fixed_time(); });
        case Rule::Kind::except:
        case Rule::Kind::except_dates:
        case Rule::Kind::within:
            return rule_->rest().parts.front().is_fixed_time();
    }
    return false;
}

bool ScheduleView::share(Schedule& schedule, const Schedule& other) {
    const Rule& a = *schedule.rule_;
    const Rule& b = *other.rule_;
    if (&a == &b) return true;
    if (std::string_view(a.text) != std::string_view(b.text) || a.dialect != b.dialect)
        return false;
    Schedule moved = other;
    moved.anchor_ = schedule.anchor_;
    if (!(moved == schedule)) return false;
    schedule.rule_ = other.rule_;
    return true;
}

std::size_t Schedule::hash() const {
    auto value = static_cast<std::uint64_t>(rule_->kind);
    const auto mix = [&value](std::uint64_t more) {
        value = (value ^ more) * 0x9E3779B97F4A7C15U;
        value ^= value >> 29U;
    };
    switch (rule_->kind) {
        case Rule::Kind::reboot:
            break;
        case Rule::Kind::interval:
            mix(static_cast<std::uint64_t>(rule_->rest().period.count()));
            mix(static_cast<std::uint64_t>(anchor_.time_since_epoch().count()));
            break;
        case Rule::Kind::once:
            mix(static_cast<std::uint64_t>(anchor_.time_since_epoch().count()));
            break;
        case Rule::Kind::cron: {
            const cron::PlainExpression& cron = rule_->plain;
            mix(cron.seconds);
            mix(cron.minutes);
            mix((std::uint64_t{cron.hours} << 32U) | cron.days);
            mix((std::uint64_t{cron.months} << 8U) | cron.weekdays);
            mix(reinterpret_cast<std::uintptr_t>(rule_->zone));
            break;
        }
        case Rule::Kind::any_of:
        case Rule::Kind::except:
        case Rule::Kind::except_dates:
        case Rule::Kind::within:
            for (const Schedule& part : rule_->rest().parts) mix(part.hash());
            break;
    }
    return static_cast<std::size_t>(value);
}

}  // namespace quantum
