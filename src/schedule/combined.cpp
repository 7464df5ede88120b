#include "schedule/combined.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "schedule/mutant.hpp"

namespace quantum::schedule {

namespace {

/// How many due times in a row may be excluded before a search ends.
constexpr int most_excluded = 1'000'000;

bool on_one_of(const zone::Zone& zone, const std::vector<std::chrono::year_month_day>& dates,
               WallTime instant) {
    const auto since = std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch();
    const std::chrono::seconds offset{
        mutated(ScheduleMutant::dates_in_utc) ? 0 : zone.window_at(since.count())->offset};
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(instant + offset)};
    return std::binary_search(dates.begin(), dates.end(), date);
}

}  // namespace

std::optional<WallTime> next_of_any(const std::vector<Schedule>& parts, WallTime after) {
    std::optional<WallTime> first;
    for (const Schedule& part : parts) {
        const auto due = part.next(after);
        if (due && (!first || *due < *first)) first = due;
    }
    return first;
}

std::optional<WallTime> prev_of_any(const std::vector<Schedule>& parts, WallTime before) {
    std::optional<WallTime> last;
    for (const Schedule& part : parts) {
        const auto due = part.prev(before);
        if (due && (!last || *due > *last)) last = due;
    }
    return last;
}

std::optional<WallTime> next_except(const Schedule& base, const Schedule& excluded,
                                    WallTime after) {
    auto due = base.next(after);
    for (int i = 0; due && i < most_excluded; ++i) {
        if (!excluded.matches(*due)) return due;
        due = base.next(*due);
    }
    return std::nullopt;
}

std::optional<WallTime> prev_except(const Schedule& base, const Schedule& excluded,
                                    WallTime before) {
    auto due = base.prev(before);
    for (int i = 0; due && i < most_excluded; ++i) {
        if (!excluded.matches(*due)) return due;
        due = base.prev(*due);
    }
    return std::nullopt;
}

std::optional<WallTime> next_except_dates(const Schedule& base, const zone::Zone& zone,
                                          const std::vector<std::chrono::year_month_day>& dates,
                                          WallTime after) {
    auto due = base.next(after);
    while (due && on_one_of(zone, dates, *due)) due = base.next(*due);
    return due;
}

std::optional<WallTime> prev_except_dates(const Schedule& base, const zone::Zone& zone,
                                          const std::vector<std::chrono::year_month_day>& dates,
                                          WallTime before) {
    auto due = base.prev(before);
    while (due && on_one_of(zone, dates, *due)) due = base.prev(*due);
    return due;
}

std::optional<WallTime> next_left_out_of_any(const std::vector<Schedule>& parts, WallTime after,
                                             WallTime before) {
    for (;;) {
        std::optional<WallTime> first;
        for (const Schedule& part : parts) {
            const auto left_out = part.next_left_out(after, first.value_or(before));
            if (left_out) first = left_out;
        }
        if (!first) return std::nullopt;
        const bool due = std::any_of(parts.begin(), parts.end(),
                                     [&](const Schedule& part) { return part.matches(*first); });
        if (!due || mutated(ScheduleMutant::left_out_though_due)) return first;
        after = *first;
    }
}

std::optional<WallTime> next_left_out_except(const Schedule& base, const Schedule& excluded,
                                             WallTime after, WallTime before) {
    auto left_out = base.next_left_out(after, before);
    while (left_out && excluded.matches(*left_out)) {
        left_out = base.next_left_out(*left_out, before);
    }
    return left_out;
}

std::optional<WallTime> next_left_out_except_dates(
    const Schedule& base, const zone::Zone& zone,
    const std::vector<std::chrono::year_month_day>& dates, WallTime after, WallTime before) {
    auto left_out = base.next_left_out(after, before);
    while (left_out && on_one_of(zone, dates, *left_out)) {
        left_out = base.next_left_out(*left_out, before);
    }
    return left_out;
}

}  // namespace quantum::schedule
