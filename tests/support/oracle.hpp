#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include "quantum/detail/cron/expression.hpp"
#include "quantum/dst.hpp"

/// A slow engine that shares no code with the fast one: it walks days with std::chrono, then every
/// second of a matching day, and asks cctz about each. Only the parsed fields are common.
namespace quantum::test {

class Oracle {
public:
    Oracle(const cron::CronExpression& expression, const std::string& zone, DstPolicy policy)
        : e_(expression), policy_(policy) {
        if (!cctz::load_time_zone(zone, &zone_)) std::abort();
    }

    /// The first due second after `after`, looking `days` local days ahead.
    [[nodiscard]] std::optional<std::int64_t> next(std::int64_t after, int days) const {
        for (int i = -2; i <= days; ++i) {
            // Days around an offset change may interleave: look at three together.
            std::optional<std::int64_t> best;
            const auto day = local_day(after) + std::chrono::days{i};
            for (int around = 0; around <= 2; ++around) {
                for (const std::int64_t t : due_on(day + std::chrono::days{around})) {
                    if (t > after && (!best || t < *best)) best = t;
                }
                if (around == 0 && !best) break;
            }
            if (best) return best;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<std::int64_t> prev(std::int64_t before, int days) const {
        for (int i = 2; i >= -days; --i) {
            std::optional<std::int64_t> best;
            const auto day = local_day(before) + std::chrono::days{i};
            for (int around = 0; around <= 2; ++around) {
                for (const std::int64_t t : due_on(day - std::chrono::days{around})) {
                    if (t < before && (!best || t > *best)) best = t;
                }
                if (around == 0 && !best) break;
            }
            if (best) return best;
        }
        return std::nullopt;
    }

private:
    using Day = std::chrono::sys_days;
    using Instant = cctz::time_point<cctz::seconds>;

    [[nodiscard]] Day local_day(std::int64_t instant) const {
        const auto cs = cctz::convert(Instant{cctz::seconds{instant}}, zone_);
        return std::chrono::year{static_cast<int>(cs.year())} / static_cast<unsigned>(cs.month()) /
               static_cast<unsigned>(cs.day());
    }

    static bool holds(std::uint64_t set, unsigned bit) { return (set >> bit & 1) != 0; }

    [[nodiscard]] bool year_allowed(int year) const {
        if (e_.years.every_year()) return true;
        for (std::size_t i = 0; i < e_.years.size(); ++i) {
            const auto& r = e_.years[i];
            for (int y = r.first; y <= r.last; y += r.step) {
                if (y == year) return true;
            }
        }
        return false;
    }

    static unsigned weekday(Day day) { return std::chrono::weekday{day}.c_encoding(); }

    /// The nearest Monday-to-Friday day of the month, by looking around.
    static Day nearest_workday(Day day) {
        const std::chrono::year_month_day date{day};
        for (const int distance : {0, -1, 1, -2, 2}) {
            const Day other = day + std::chrono::days{distance};
            const std::chrono::year_month_day there{other};
            if (there.month() == date.month() && weekday(other) != 0 && weekday(other) != 6) {
                return other;
            }
        }
        std::abort();
    }

    [[nodiscard]] bool day_field(Day day) const {
        const std::chrono::year_month_day date{day};
        const Day first = date.year() / date.month() / 1;
        const Day last{date.year() / date.month() / std::chrono::last};
        if (holds(e_.days, static_cast<unsigned>(date.day()))) return true;
        for (unsigned n = 0; n <= 30; ++n) {
            const Day from_end = last - std::chrono::days{n};
            if (from_end < first) break;
            if (holds(e_.special.from_last, n) && day == from_end) return true;
            if (holds(e_.special.nearest_from_last, n) && day == nearest_workday(from_end)) {
                return true;
            }
        }
        for (unsigned d = 1; d <= 31; ++d) {
            if (!holds(e_.special.nearest_weekday, d)) continue;
            Day wanted = first + std::chrono::days{d - 1};
            if (wanted > last) {
                if (!e_.special.short_months_clamp) continue;
                wanted = last;
            }
            const bool far = wanted == last && weekday(wanted) == 0;
            if (e_.special.nearest_next_door && far) continue;
            if (day == nearest_workday(wanted)) return true;
        }
        return false;
    }

    [[nodiscard]] bool weekday_field(Day day) const {
        const unsigned w = weekday(day);
        if (holds(e_.weekdays, w)) return true;
        const std::chrono::year_month_day date{day};
        const auto month_of = [](Day d) { return std::chrono::year_month_day{d}.month(); };
        if (holds(e_.special.last_weekday, w) &&
            month_of(day + std::chrono::weeks{1}) != date.month()) {
            return true;
        }
        for (unsigned n = 1; n <= 5; ++n) {
            if (holds(e_.special.nth_weekday[n - 1], w) &&
                month_of(day - std::chrono::weeks{n - 1}) == date.month() &&
                month_of(day - std::chrono::weeks{n}) != date.month()) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] bool day_matches(Day day) const {
        const std::chrono::year_month_day date{day};
        if (!year_allowed(static_cast<int>(date.year()))) return false;
        if (!holds(e_.months, static_cast<unsigned>(date.month()))) return false;
        return e_.day_rule == cron::DayRule::both ? day_field(day) && weekday_field(day)
                                                  : day_field(day) || weekday_field(day);
    }

    [[nodiscard]] std::vector<std::int64_t> due_on(Day day) const {
        std::vector<std::int64_t> due;
        if (!day_matches(day)) return due;
        const std::chrono::year_month_day date{day};
        for (int second = 0; second < 86400; ++second) {
            if (second % 3600 == 0 && !holds(e_.hours, static_cast<unsigned>(second / 3600))) {
                second += 3599;
                continue;
            }
            if (!holds(e_.hours, static_cast<unsigned>(second / 3600)) ||
                !holds(e_.minutes, static_cast<unsigned>(second / 60 % 60)) ||
                !holds(e_.seconds, static_cast<unsigned>(second % 60))) {
                continue;
            }
            const cctz::civil_second local(static_cast<int>(date.year()),
                                           static_cast<int>(static_cast<unsigned>(date.month())),
                                           static_cast<int>(static_cast<unsigned>(date.day())),
                                           second / 3600, second / 60 % 60, second % 60);
            add_instants(zone_.lookup(local), due);
        }
        return due;
    }

    void add_instants(const cctz::time_zone::civil_lookup& found,
                      std::vector<std::int64_t>& due) const {
        using cron::Field;
        const auto add = [&](Instant t) { due.push_back(t.time_since_epoch().count()); };
        const bool hour = e_.running.has(Field::hour);
        const bool any = hour || e_.running.has(Field::minute) || e_.running.has(Field::second);
        switch (found.kind) {
            case cctz::time_zone::civil_lookup::UNIQUE:
                add(found.pre);
                break;
            case cctz::time_zone::civil_lookup::SKIPPED:
                if (hour) break;
                if (policy_.gap == DstGap::end) add(found.trans);
                if (policy_.gap == DstGap::shift) add(found.pre);
                break;
            case cctz::time_zone::civil_lookup::REPEATED: {
                const DstRepeat repeat = policy_.repeat;
                const bool both =
                    repeat == DstRepeat::both || (repeat == DstRepeat::automatic && any);
                if (both || repeat == DstRepeat::first || repeat == DstRepeat::automatic) {
                    add(found.pre);
                }
                if (both || repeat == DstRepeat::second) add(found.post);
                break;
            }
        }
    }

    cron::CronExpression e_;
    DstPolicy policy_;
    cctz::time_zone zone_;
};

}  // namespace quantum::test
