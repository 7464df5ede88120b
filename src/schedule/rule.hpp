#pragma once

#include <cstdint>
#include <string>

#include "quantum/cron/expression.hpp"
#include "quantum/schedule.hpp"

#include "schedule/zoned_search.hpp"
#include "zone/zone.hpp"

namespace quantum {

/// What a schedule is made of; shared by its copies, never changed after it is made.
struct Schedule::Rule {
    enum class Kind : std::uint8_t { cron, reboot, interval };

    Kind kind = Kind::cron;
    Dialect dialect = Dialect::cron;
    cron::CronExpression expression;  ///< kind cron
    schedule::ZoneRules zone_rules;   ///< kind cron
    const zone::Zone* zone = nullptr;
    Duration period{};  ///< kind interval
    DstPolicy dst;
    std::string text;
};

}  // namespace quantum
