#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <cctz/civil_time.h>

#include "quantum/clock.hpp"
#include "quantum/schedule.hpp"

#include "verify/reference_field.hpp"

// A second, straightforward parser for crontab expressions: tables of booleans and predicates on
// days. Shares no code with src/cron, so that mistakes there are not repeated here.
namespace quantum::verify {

/// A parsed expression that can be evaluated for one civil second after another.
struct ReferenceRule {
    std::vector<bool> seconds = std::vector<bool>(60);
    std::vector<bool> minutes = std::vector<bool>(60);
    std::vector<bool> hours = std::vector<bool>(24);
    std::vector<bool> months = std::vector<bool>(13);
    std::vector<DayPredicate> days_of_month;  ///< any of them
    std::vector<DayPredicate> days_of_week;   ///< any of them
    bool either_day = false;                  ///< one day field is enough; else both must agree
    bool starred_day = false;                 ///< the field of dates begins with a star
    bool starred_weekday = false;             ///< so does that of weekdays
    std::function<bool(cctz::year_t)> year = [](cctz::year_t) { return true; };
    bool hour_running = false;        ///< holds a `*` or a step
    bool below_hour_running = false;  ///< the same of the minute or the second

    std::optional<Duration> every;  ///< an interval: nothing above counts
    std::optional<WallTime> once;   ///< a single due time: nothing above counts
    bool reboot = false;            ///< no due times at all
    std::string zone;               ///< named by the text itself; empty: the job's

    [[nodiscard]] bool matches_day(cctz::civil_day day) const;
};

struct ReferenceText {
    ReferenceRule rule;
    std::string problem;  ///< why the text cannot be read; empty: `rule` is the answer
};

/// With the dialect's rule for two restricted day fields, or with that of `days`. `name` is the
/// job's, from which `~` and `H` are drawn.
[[nodiscard]] ReferenceText read_reference(std::string_view text, Dialect dialect,
                                           std::optional<DayRule> days = std::nullopt,
                                           std::string_view name = {});

}  // namespace quantum::verify
