#include "plan/due_count.hpp"

#include <algorithm>
#include <bit>
#include <chrono>

#include "quantum/detail/cron/days.hpp"

#include "cron/search.hpp"
#include "plan/mutant.hpp"
#include "schedule/view.hpp"
#include "zone/zone.hpp"

namespace quantum::plan {
namespace {

using Rule = schedule::ScheduleView::Rule;
using std::chrono::seconds;

std::uint64_t enumerated(const Schedule& schedule, WallTime from, WallTime until) {
    std::uint64_t count = 0;
    for (auto due = schedule.next(from - Duration(1)); due && *due < until;
         due = schedule.next(*due)) {
        ++count;
    }
    return count;
}

/// One local day after the other: those that clocks do not change on all have the same times.
class CronCount {
public:
    CronCount(const Schedule& schedule, const Rule& rule)
        : schedule_(schedule),
          zone_(*rule.zone),
          expression_(rule.expression()),
          times_a_day_(bits(expression_.hours) * bits(expression_.minutes) *
                       bits(expression_.seconds)) {}

    [[nodiscard]] std::uint64_t between(WallTime from, WallTime until) const {
        std::uint64_t count = 0;
        std::int64_t at = std::chrono::ceil<seconds>(from).time_since_epoch().count();
        const std::int64_t end = std::chrono::ceil<seconds>(until).time_since_epoch().count();
        while (at < end) {
            const zone::Window& window = *zone_.window_at(at);
            const std::int64_t local = at + window.offset;
            const std::int64_t day = floor_day(local);
            const std::int64_t midnight = day * cron::seconds_a_day;
            const std::int64_t next_midnight = midnight + cron::seconds_a_day;
            const bool is_whole = local == midnight && at + cron::seconds_a_day <= end;
            if (is_whole && is_plain(window, midnight, next_midnight)) {
                count += matches(day) ? times_a_day_ : 0;
                at += cron::seconds_a_day;
                continue;
            }
            // To the next midnight by this offset, or to where it ends.
            const std::int64_t stop = std::min({end, window.until, at + (next_midnight - local)});
            count += enumerated(schedule_, instant(at), instant(stop));
            at = stop;
        }
        return count;
    }

private:
    static std::uint64_t bits(std::uint64_t set) {
        return static_cast<std::uint64_t>(std::popcount(set));
    }
    static WallTime instant(std::int64_t since) { return WallTime(seconds(since)); }
    static std::int64_t floor_day(std::int64_t local) {
        return local >= 0 ? local / cron::seconds_a_day
                          : (local - cron::seconds_a_day + 1) / cron::seconds_a_day;
    }

    /// No local time of the day is missing, or shown before or after in another window.
    static bool is_plain(const zone::Window& window, std::int64_t midnight,
                         std::int64_t next_midnight) {
        if (mutated(PlanMutant::day_of_change_multiplied)) return true;
        const bool is_within =
            window.local_from() <= midnight && next_midnight <= window.local_until();
        // What a gap just before it has moved is due at its first instant, or by its width later.
        const bool is_behind_gap =
            window.after_gap() && midnight < window.local_from() + cron::seconds_a_day;
        return is_within && !is_behind_gap && window.seen_until <= midnight &&
               next_midnight <= window.again_from;
    }

    [[nodiscard]] bool matches(std::int64_t day) const {
        if (day < cron::first_day_number || day > cron::last_day_number) return false;
        const cron::detail::DayAt at(expression_, static_cast<std::int32_t>(day));
        return (at.days >> at.date.day & 1U) != 0;
    }

    const Schedule& schedule_;
    const zone::Zone& zone_;
    const CronExpression& expression_;
    const std::uint64_t times_a_day_;
};

std::uint64_t interval_count(const Schedule& schedule, WallTime from, WallTime until) {
    const Duration period = *schedule.period();
    const auto first = schedule.next(from - Duration(1));
    if (!first || *first >= until) return 0;
    return static_cast<std::uint64_t>((until - Duration(1) - *first) / period) + 1;
}

}  // namespace

std::uint64_t count_due_times(const Schedule& schedule, WallTime from, WallTime until) {
    if (from >= until) return 0;
    const Rule& rule = schedule::ScheduleView::rule(schedule);
    switch (rule.kind) {
        case Rule::Kind::cron:
            return CronCount(schedule, rule).between(from, until);
        case Rule::Kind::interval:
            return interval_count(schedule, from, until);
        case Rule::Kind::within:
            return count_due_times(rule.rest().parts[0],
                                   std::max(from, rule.rest().from.value_or(from)),
                                   std::min(until, rule.rest().until.value_or(until)));
        case Rule::Kind::reboot:
        case Rule::Kind::once:
        case Rule::Kind::any_of:
        case Rule::Kind::except:
        case Rule::Kind::except_dates:
            break;
    }
    return enumerated(schedule, from, until);
}

}  // namespace quantum::plan
