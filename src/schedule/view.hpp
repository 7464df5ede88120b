#pragma once

#include "quantum/schedule.hpp"

#include "schedule/rule.hpp"

namespace quantum {

/// What a schedule is made of, for those who tell others about it.
struct ScheduleView {
    using Rule = Schedule::Rule;

    [[nodiscard]] static const Rule& rule(const Schedule& schedule) { return *schedule.rule_; }

    /// False: `next_left_out` finds nothing, whatever it is asked.
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

    /// Where both are the same to the letter, anchors aside: makes the one hold the other's rule.
    static bool share(Schedule& schedule, const Schedule& other);

    /// Copies of one schedule; cheaper than whether they are equal.
    [[nodiscard]] static bool same(const Schedule& a, const Schedule& b) {
        return a.rule_ == b.rule_ && a.anchor_ == b.anchor_;
    }
};

}  // namespace quantum
