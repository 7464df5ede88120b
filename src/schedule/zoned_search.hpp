#pragma once

#include <algorithm>
#include <cstdint>

#include "quantum/detail/cron/expression.hpp"
#include "quantum/dst.hpp"

#include "cron/search.hpp"
#include "schedule/mutant.hpp"
#include "zone/zone.hpp"

/// Due instants of an expression in a zone: the civil search, applied to each window of constant
/// offset.
namespace quantum::schedule {

/// The DST options, with everything that depends only on the expression already resolved.
struct ZoneRules {
    bool first_pass = true;    ///< repeated local times run at their first occurrence
    bool second_pass = false;  ///< … and at their last occurrence
    bool running_hour = false;
    DstGap gap = DstGap::end;
};

[[nodiscard]] inline ZoneRules rules_for(const cron::CronExpression& expression,
                                         const DstPolicy& policy) {
    using cron::Field;
    ZoneRules rules;
    rules.running_hour = expression.running.has(Field::hour);
    rules.gap = rules.running_hour && !mutated(ScheduleMutant::gap_shifts_running_hour)
                    ? DstGap::skip
                    : policy.gap;
    switch (policy.repeat) {
        case DstRepeat::automatic:
            rules.second_pass = rules.running_hour ||
                                (expression.running.has(Field::minute) &&
                                 !mutated(ScheduleMutant::running_minute_first_pass_only)) ||
                                expression.running.has(Field::second);
            break;
        case DstRepeat::first:
            break;
        case DstRepeat::second:
            rules.first_pass = false;
            rules.second_pass = true;
            break;
        case DstRepeat::both:
            rules.second_pass = true;
            break;
        case DstRepeat::none:
            rules.first_pass = false;
            break;
    }
    return rules;
}

/// The local times of a window that may run: all except the occurrences excluded by the rules.
struct Eligible {
    std::int64_t from;
    std::int64_t until;

    Eligible(const zone::Window& window, const ZoneRules& rules)
        : from(window.local_from()), until(window.local_until()) {
        if (!rules.second_pass && window.seen_until > from) from = window.seen_until;
        if (!rules.first_pass && window.again_from < until) until = window.again_from;
    }
};

namespace detail {

/// The first due instant after `after`, ignoring those shifted by a gap.
template <class Expression>
std::int64_t next_unshifted(const Expression& expression, const zone::Zone& zone,
                            const ZoneRules& rules, std::int64_t after) {
    using cron::never;
    const zone::Window* window = zone.window_at(after);
    std::int64_t local = after + 1 + window->offset;
    for (;;) {
        const Eligible eligible(*window, rules);
        if (local < eligible.from) local = eligible.from;
        const std::int64_t found = cron::civil_from(expression, local);
        if (found < eligible.until) [[likely]]
            return found - window->offset;

        const zone::Window* following = zone.after(window);
        if (following == nullptr) return never;
        const std::int64_t next_from = Eligible(*following, rules).from;
        if (next_from <= local) {  // clocks go back below the current time: search again
            window = following;
            local = next_from;
            continue;
        }
        if (found == never) return never;

        // No local time before `found` matches in any window: go to the one that contains it. Two
        // days are more than any difference between two offsets.
        const std::int64_t near = found - window->offset - 2 * cron::seconds_a_day;
        window = near < following->from ? following : zone.window_at(near);
        while (window != nullptr && Eligible(*window, rules).until <= found) {
            window = zone.after(window);
        }
        if (window == nullptr) return never;
        const Eligible reached(*window, rules);
        if (found >= reached.from) return found - window->offset;
        if (found < window->local_from() && rules.gap == DstGap::end) return window->from;
        local = reached.from;
    }
}

/// The last due instant at or before `until`, ignoring those shifted by a gap.
template <class Expression>
std::int64_t prev_unshifted(const Expression& expression, const zone::Zone& zone,
                            const ZoneRules& rules, std::int64_t until) {
    using cron::never_before;
    const zone::Window* window = zone.window_at(until);
    std::int64_t local = until + window->offset;
    for (;;) {
        const Eligible eligible(*window, rules);
        if (local >= eligible.until) local = eligible.until - 1;
        const std::int64_t found = cron::civil_until(expression, local);
        if (found >= eligible.from) return found - window->offset;
        // Missing local times run at the window's first instant. Those above `local` do not matter:
        // the window has at least one instant, so local >= local_from - 1 >= the gap.
        if (rules.gap == DstGap::end && window->after_gap() &&
            !mutated(ScheduleMutant::gap_not_seen_backwards) &&
            cron::civil_until(expression, window->local_from() - 1) >= window->seen_until) {
            return window->from;
        }
        const zone::Window* preceding = zone.before(window);
        if (preceding == nullptr) return never_before;
        const std::int64_t preceding_last = Eligible(*preceding, rules).until - 1;
        if (preceding_last < local && found != never_before) {
            // Nothing matches between `found` and `local`: skip the windows in between.
            const zone::Window* near =
                zone.window_at(found - window->offset + 2 * cron::seconds_a_day);
            if (near < preceding) preceding = near;
        } else if (preceding_last < local) {
            return never_before;
        }
        window = preceding;
        local = Eligible(*window, rules).until - 1;
    }
}

/// For `gap = shift`: a missing local time runs later by the width of the gap, which is its instant
/// by the previous offset.
template <class Expression>
std::int64_t next_shifted(const Expression& expression, const zone::Zone& zone, std::int64_t after,
                          std::int64_t best) {
    const zone::Window* before = zone.window_at(after - 2 * cron::seconds_a_day);
    for (const zone::Window* w = zone.after(before); w != nullptr && w->from <= best;
         before = w, w = zone.after(w)) {
        if (!w->after_gap()) continue;
        const std::int64_t from = std::max(w->seen_until, after + 1 + before->offset);
        if (from >= w->local_from()) continue;
        const std::int64_t found = cron::civil_from(expression, from);
        if (found < w->local_from())
            best = std::min(
                best,
                found - (mutated(ScheduleMutant::shift_by_offset_after) ? w : before)->offset);
    }
    return best;
}

template <class Expression>
std::int64_t prev_shifted(const Expression& expression, const zone::Zone& zone, std::int64_t until,
                          std::int64_t best) {
    const zone::Window* w = zone.window_at(until);
    const std::int64_t bound =
        best == cron::never_before ? zone::beginning : best - 2 * cron::seconds_a_day;
    for (const zone::Window* before = zone.before(w); before != nullptr && w->until >= bound;
         w = before, before = zone.before(w)) {
        if (!w->after_gap()) continue;
        const std::int64_t last = std::min(w->local_from() - 1, until + before->offset);
        if (last < w->seen_until) continue;
        const std::int64_t found = cron::civil_until(expression, last);
        if (found >= w->seen_until) best = std::max(best, found - before->offset);
    }
    return best;
}

}  // namespace detail

/// The first due instant after `after`; cron::never if there is none.
template <class Expression>
std::int64_t next_instant(const Expression& expression, const zone::Zone& zone,
                          const ZoneRules& rules, std::int64_t after) {
    const std::int64_t due = detail::next_unshifted(expression, zone, rules, after);
    if (rules.gap != DstGap::shift) [[likely]]
        return due;
    return detail::next_shifted(expression, zone, after, due);
}

/// The last due instant at or before `until`; cron::never_before if there is none.
template <class Expression>
std::int64_t prev_instant(const Expression& expression, const zone::Zone& zone,
                          const ZoneRules& rules, std::int64_t until) {
    const std::int64_t due = detail::prev_unshifted(expression, zone, rules, until);
    if (rules.gap != DstGap::shift) return due;
    return detail::prev_shifted(expression, zone, until, due);
}

/// The first instant strictly between the two whose gap contains matching local times that are left
/// out, while nothing else is due; cron::never if there is none.
template <class Expression>
std::int64_t next_left_out(const Expression& expression, const zone::Zone& zone,
                           const ZoneRules& rules, std::int64_t after, std::int64_t before) {
    if (rules.gap != DstGap::skip || rules.running_hour) return cron::never;
    const zone::Window* window = zone.after(zone.window_at(after));
    for (; window != nullptr && window->from < before; window = zone.after(window)) {
        if (!window->after_gap()) continue;
        if (cron::civil_from(expression, window->seen_until) >= window->local_from()) continue;
        if (next_instant(expression, zone, rules, window->from - 1) == window->from &&
            !mutated(ScheduleMutant::left_out_though_instant_due))
            continue;
        return window->from;
    }
    return cron::never;
}

}  // namespace quantum::schedule
