#include "cron/format_systemd.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "cron/mutant.hpp"
#include "cron/value_set.hpp"

namespace quantum::cron {

namespace {

std::string two(std::uint32_t value) {
    std::string digits = std::to_string(value);
    if (value < 10) digits.insert(digits.begin(), '0');
    return digits;
}

void append(std::string& list, const std::string& item) {
    if (!list.empty()) list += ",";
    list += item;
}

/// a/n where the set is every n-th value from a to the field's end; empty if it is not.
std::string repetition(std::uint64_t set, std::uint32_t high, std::uint32_t least_step) {
    const auto first = static_cast<std::uint32_t>(std::countr_zero(set));
    for (std::uint32_t step = least_step; first + step <= high; ++step) {
        std::uint64_t counted = 0;
        for (std::uint32_t v = first; v <= high; v += step) counted |= std::uint64_t{1} << v;
        if (counted == set) return two(first) + "/" + std::to_string(step);
    }
    return "";
}

std::string values(std::uint64_t set, std::uint32_t high, bool running, std::uint32_t least_step) {
    if (running) {
        std::string repeated = repetition(set, high, least_step);
        if (!repeated.empty()) return repeated;
    }
    std::string list;
    if (running) {
        // First and last as one repetition keep the field running.
        const auto first = static_cast<std::uint32_t>(std::countr_zero(set));
        const auto last = static_cast<std::uint32_t>(63 - std::countl_zero(set));
        append(list, two(first) + ".." + two(last) + "/" + std::to_string(last - first));
        set &= ~(std::uint64_t{1} << first | std::uint64_t{1} << last);
    }
    for (std::uint32_t v = 0; v <= high; ++v) {
        if (!holds(set, v)) continue;
        std::uint32_t last = v;
        while (last < high && holds(set, last + 1)) ++last;
        append(list, last > v ? two(v) + ".." + two(last) : two(v));
        v = last;
    }
    return list;
}

std::string field(const CronExpression& e, Field field, std::uint64_t set, std::uint32_t high) {
    const bool running = e.running.has(field);
    if (e.starred.has(field)) return "*";
    // systemd takes the second 00/1 for a star, which this set was not written with.
    const bool like_star = field == Field::second && std::popcount(set) == 60;
    return values(set, high, running,
                  like_star && !mutated(CronMutant::printed_star_of_seconds) ? 2 : 1);
}

std::string days(const CronExpression& e) {
    if (e.special.from_last == 0) {
        return std::string(1, '-').append(field(e, Field::day, e.days, 31));
    }
    std::string list;
    // Written backwards: `~05..07/2` would start at the seventh before the end.
    const bool running = e.running.has(Field::day);
    std::uint32_t set = e.special.from_last;
    if (running) {
        const auto low = static_cast<std::uint32_t>(std::countr_zero(set)) + 1;
        const auto high = static_cast<std::uint32_t>(32 - std::countl_zero(set));
        // Down to the last day it is one repetition, otherwise first and last make one.
        for (std::uint32_t step = 1; step < high && list.empty(); ++step) {
            std::uint32_t counted = 0;
            for (std::uint32_t n = high;; n -= step) {
                counted |= 1U << (n - 1);
                if (n <= step) break;
            }
            if (counted == set) list = two(high) + "/" + std::to_string(step);
        }
        if (!list.empty()) return "~" + list;
        append(list, two(low) + ".." + two(high) + "/" + std::to_string(high - low));
        set &= ~(1U << (low - 1) | 1U << (high - 1));
    }
    for (std::uint32_t n = 1; n <= 28; ++n) {
        if (!holds(set, n - 1)) continue;
        std::uint32_t last = n;
        while (last < 28 && holds(set, last)) ++last;
        append(list, last > n ? two(n) + ".." + two(last) : two(n));
        n = last;
    }
    return "~" + list;
}

std::string weekdays(const CronExpression& e) {
    if (e.running.has(Field::weekday)) return "";
    constexpr std::array<std::string_view, 7> names{"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
    std::string list;
    for (const std::uint32_t w : {1U, 2U, 3U, 4U, 5U, 6U, 0U}) {
        if (holds(e.weekdays, w)) append(list, std::string(names[w]));
    }
    return list + " ";
}

std::string years(const CronExpression& e) {
    if (e.years.every_year()) return "*";
    const bool running = e.running.has(Field::year);
    std::string list;
    for (std::size_t i = 0; i < e.years.size(); ++i) {
        const YearSet::Range& r = e.years[i];
        const std::string range = std::to_string(r.first) + ".." + std::to_string(r.last);
        if (r.first == r.last) {
            append(list, std::to_string(r.first));
        } else if (r.step == 1) {
            const bool to_the_end = running && r.last == 2199;
            append(list, to_the_end ? std::to_string(r.first) + "/1" : range);
        } else if (running) {
            append(list, range + "/" + std::to_string(r.step));
        } else {
            for (std::uint32_t y = r.first; y <= r.last; y += r.step) {
                append(list, std::to_string(y));
            }
        }
    }
    return list;
}

}  // namespace

std::string format_systemd(const CronExpression& e) {
    return weekdays(e) + years(e) + "-" + field(e, Field::month, e.months, 12) + days(e) + " " +
           field(e, Field::hour, e.hours, 23) + ":" + field(e, Field::minute, e.minutes, 59) + ":" +
           field(e, Field::second, e.seconds, 59);
}

}  // namespace quantum::cron
