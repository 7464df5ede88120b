#pragma once

#include "quantum/schedule.hpp"

#include "schedule/rule.hpp"

namespace quantum {

/// What a schedule is made of, for those who tell others about it.
struct ScheduleView {
    using Rule = Schedule::Rule;

    [[nodiscard]] static const Rule& rule(const Schedule& schedule) { return *schedule.rule_; }
};

}  // namespace quantum
