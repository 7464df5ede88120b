#pragma once

#include <cstdint>

#include "quantum/cron/expression.hpp"
#include "quantum/dst.hpp"

#include "cron/search.hpp"
#include "zone/zone.hpp"

/// Due instants of an expression in a zone: the civil search, window of constant offset by window.
namespace quantum::schedule {

/// The DST words with everything known that the expression decides.
struct ZoneRules {
    bool first_pass = true;    ///< repeated local times run the first time they are shown
    bool second_pass = false;  ///< … and the last time
    bool running_hour = false;
    DstGap gap = DstGap::end;
};

[[nodiscard]] inline ZoneRules rules_for(const cron::CronExpression& expression,
                                         const DstPolicy& policy) {
    using cron::Field;
    ZoneRules rules;
    rules.running_hour = expression.running.has(Field::hour);
    rules.gap = rules.running_hour ? DstGap::skip : policy.gap;
    switch (policy.repeat) {
        case DstRepeat::automatic:
            rules.second_pass = rules.running_hour || expression.running.has(Field::minute) ||
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

/// The local times of a window that may run: all but the passes the rules leave out.
struct Eligible {
    std::int64_t from;
    std::int64_t until;

    Eligible(const zone::Window& window, const ZoneRules& rules)
        : from(window.local_from()), until(window.local_until()) {
        if (!rules.second_pass && window.seen_until > from) from = window.seen_until;
        if (!rules.first_pass && window.again_from < until) until = window.again_from;
    }
};

/// The first due instant after `after`; cron::never if there is none. Gaps of kind `shift` are
/// not looked at here.
inline std::int64_t next_instant(const cron::CronExpression& expression, const zone::Zone& zone,
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
        if (next_from <= local) {  // clocks go back below where we are: search again
            window = following;
            local = next_from;
            continue;
        }
        if (found == never) return never;

        // No local time before `found` matches, in any window: go to the one that reaches it.
        // Two days are more than any two offsets differ by.
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

}  // namespace quantum::schedule
