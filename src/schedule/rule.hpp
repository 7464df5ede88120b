#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantum/cron/expression.hpp"
#include "quantum/schedule.hpp"

#include "schedule/zoned_search.hpp"
#include "zone/zone.hpp"

namespace quantum {

/// What a schedule is made of; shared by its copies, never changed after it is made.
struct Schedule::Rule {
    enum class Kind : std::uint8_t {
        cron,
        reboot,
        interval,
        once,          ///< at the anchor
        any_of,        ///< parts
        except,        ///< parts[0] without parts[1]
        except_dates,  ///< parts[0] without dates
        within,        ///< parts[0] in [from, until)
    };

    Kind kind = Kind::cron;
    Dialect dialect = Dialect::cron;
    cron::CronExpression expression{};  ///< cron
    schedule::ZoneRules zone_rules{};   ///< cron
    const zone::Zone* zone = &zone::Zone::utc();
    DstPolicy dst{};
    Setting<cron::DayRule> days{};    ///< cron, where it is not the dialect's
    Duration period{};                ///< interval
    std::optional<WallTime> from{};   ///< within
    std::optional<WallTime> until{};  ///< within
    std::vector<Schedule> parts{};
    std::vector<std::chrono::year_month_day> dates{};  ///< sorted
    std::string text{};
};

}  // namespace quantum
