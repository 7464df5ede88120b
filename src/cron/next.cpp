#include <chrono>
#include <cstdint>
#include <optional>

#include "quantum/cron.hpp"

#include "cron/mutant.hpp"
#include "cron/search.hpp"

namespace quantum::cron {

namespace {

std::chrono::local_seconds civil(std::int64_t seconds) {
    return std::chrono::local_seconds{std::chrono::seconds{seconds}};
}

}  // namespace

std::optional<std::chrono::local_seconds> CronExpression::next(
    std::chrono::local_seconds after) const {
    const std::int64_t from = after.time_since_epoch().count();
    if (from >= last_civil) return std::nullopt;
    const std::int64_t found = civil_from(*this, from + 1);
    if (found == never) return std::nullopt;
    return civil(found);
}

std::optional<std::chrono::local_seconds> CronExpression::prev(
    std::chrono::local_seconds before) const {
    const std::int64_t until = before.time_since_epoch().count();
    if (until <= first_civil) return std::nullopt;
    const std::int64_t found =
        civil_until(*this, until - (mutated(CronMutant::prev_includes_now) ? 0 : 1));
    if (found == never_before) return std::nullopt;
    return civil(found);
}

bool CronExpression::matches(std::chrono::local_seconds time) const {
    return civil_matches(*this, time.time_since_epoch().count());
}

TimeStream<CronExpression, std::chrono::local_seconds> CronExpression::after(
    std::chrono::local_seconds time) const {
    return {*this, time, true};
}

TimeStream<CronExpression, std::chrono::local_seconds> CronExpression::before(
    std::chrono::local_seconds time) const {
    return {*this, time, false};
}

}  // namespace quantum::cron
