#include "schedule/rule.hpp"

#include <memory>

namespace quantum {

const Schedule::Rule::More Schedule::Rule::nothing_more{};

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

}  // namespace quantum
