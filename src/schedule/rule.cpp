#include "schedule/rule.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "quantum/cron.hpp"

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

const Schedule::Rule::More Schedule::Rule::nothing_more{};

Schedule::Rule Schedule::Rule::of(const CronExpression& expression, const zone::Zone& zone,
                                  const DstPolicy& dst) {
    Rule rule;
    rule.set_expression(expression);
    std::string text;
    write_text(expression, text, rule.dialect);
    rule.text = text;
    rule.zone_rules = schedule::rules_for(expression, dst);
    rule.zone = &zone;
    rule.dst = dst;
    return rule;
}

Schedule::Rule Schedule::Rule::every(Duration period) {
    Rule rule;
    rule.kind = Kind::interval;
    rule.more.own().period = period;
    rule.text = text_of(period);
    return rule;
}

Schedule::Rule Schedule::Rule::over(Kind kind, const Schedule& part, const std::string& text) {
    Rule rule;
    rule.kind = kind;
    rule.zone = part.rule_->zone;
    rule.dialect = part.rule_->dialect;
    rule.text = text;
    rule.more.own().parts = {part};
    return rule;
}

void Schedule::Rule::set_expression(const CronExpression& expression) {
    plain = cron::PlainExpression(expression);
    is_limited = !expression.years.every_year();
    if (is_limited) more.own().some_years = expression;
}

const CronExpression& Schedule::Rule::Unfolded::of(const cron::PlainExpression& source) const {
    const CronExpression* known = made_.load(std::memory_order_acquire);
    if (known != nullptr) return *known;
    auto made = std::make_unique<const CronExpression>(source.whole());
    if (made_.compare_exchange_strong(known, made.get(), std::memory_order_acq_rel)) {
        return *made.release();
    }
    return *known;  // another thread was faster
}

bool Schedule::Rule::is_fixed_time() const {
    switch (kind) {
        case Kind::cron:
            return !plain.running.has(cron::Field::hour);
        case Kind::once:
            return true;
        case Kind::reboot:
        case Kind::interval:
            return false;
        case Kind::any_of:
            return std::all_of(rest().parts.begin(), rest().parts.end(),
                               [](const Schedule& part) { return part.is_fixed_time(); });
        case Kind::except:
        case Kind::except_dates:
        case Kind::within:
            return rest().parts.front().is_fixed_time();
    }
    return false;
}

std::size_t Schedule::Rule::hash(WallTime anchor) const {
    auto value = static_cast<std::uint64_t>(kind);
    const auto mix = [&value](std::uint64_t bits) {
        value = (value ^ bits) * 0x9E3779B97F4A7C15U;
        value ^= value >> 29U;
    };
    switch (kind) {
        case Kind::reboot:
            break;
        case Kind::interval:
            mix(static_cast<std::uint64_t>(rest().period.count()));
            mix(static_cast<std::uint64_t>(anchor.time_since_epoch().count()));
            break;
        case Kind::once:
            mix(static_cast<std::uint64_t>(anchor.time_since_epoch().count()));
            break;
        case Kind::cron: {
            const cron::PlainExpression& cron = plain;
            mix(cron.seconds);
            mix(cron.minutes);
            mix((std::uint64_t{cron.hours} << 32U) | cron.days);
            mix((std::uint64_t{cron.months} << 8U) | cron.weekdays);
            mix(reinterpret_cast<std::uintptr_t>(zone));
            break;
        }
        case Kind::any_of:
        case Kind::except:
        case Kind::except_dates:
        case Kind::within:
            for (const Schedule& part : rest().parts) mix(part.hash());
            break;
    }
    return static_cast<std::size_t>(value);
}

}  // namespace quantum
