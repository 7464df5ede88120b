#pragma once

#include "quantum/schedule.hpp"

#include "schedule/rule.hpp"

namespace quantum::schedule {

/// Access to the contents of a schedule, for code that describes it.
struct ScheduleView {
    using Rule = Schedule::Rule;

    [[nodiscard]] static const Rule& rule(const Schedule& schedule) { return *schedule.rule_; }

    /// False: `next_left_out` never finds anything.
    [[nodiscard]] static bool may_leave_out(const Schedule& schedule) {
        const Rule& rule = *schedule.rule_;
        switch (rule.kind) {
            case Rule::Kind::cron:
                return rule.zone_rules.gap == DstGap::skip && !rule.zone_rules.running_hour;
            case Rule::Kind::reboot:
            case Rule::Kind::interval:
            case Rule::Kind::once:
                return false;
            default:
                return true;
        }
    }

    /// If both are literally equal, apart from anchors, makes one share the other's rule.
    static bool share(Schedule& schedule, const Schedule& other);

    /// True for copies of the same schedule; cheaper than comparing for equality.
    [[nodiscard]] static bool same(const Schedule& a, const Schedule& b) {
        return a.rule_ == b.rule_ && a.anchor_ == b.anchor_;
    }
};

}  // namespace quantum::schedule
