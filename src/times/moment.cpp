#include "times/moment.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "times/mutant.hpp"
#include "times/time_text.hpp"

namespace quantum::times {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const zone::Zone& zone_of(const MomentContext& context) {
    return context.zone == nullptr ? zone::Zone::utc() : *context.zone;
}

WallTime wall(std::int64_t since_1970) { return WallTime(seconds(since_1970)); }

/// The instants that show a local time.
Moment instants_of(local_seconds local, Precision precision, const zone::Zone& zone) {
    const std::int64_t shown = local.time_since_epoch().count();
    const std::int64_t first = zone.instant_of(shown);
    const zone::Window* window = zone.window_at(first);
    Moment moment{.at = wall(first), .precision = precision};
    moment.is_missing = first + window->offset != shown && !mutated(TimesMutant::gap_not_said);
    const bool comes_again = !moment.is_missing && window->again_from <= shown;
    while (comes_again && !moment.again && (window = zone.after(window)) != nullptr) {
        const std::int64_t instant = shown - window->offset;
        if (instant >= window->until) continue;
        if (instant < window->from) break;
        if (!mutated(TimesMutant::second_pass_forgotten)) moment.again = wall(instant);
    }
    return moment;
}

local_days today(const MomentContext& context) {
    const std::int64_t now = floor<seconds>(context.now).time_since_epoch().count();
    const std::int64_t offset =
        mutated(TimesMutant::today_is_utc) ? 0 : zone_of(context).window_at(now)->offset;
    return floor<days>(local_seconds(seconds(now + offset)));
}

/// Exactly these digits.
std::optional<int> number(std::string_view text) {
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return text.empty() ? std::nullopt : std::optional(value);
}

/// "2026-11-22"
std::optional<local_days> date_of(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = number(text.substr(0, 4));
    const auto month = number(text.substr(5, 2));
    const auto day = number(text.substr(8, 2));
    if (!year || !month || !day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return local_days(date);
}

struct TimeOfDay {
    seconds since_midnight{};
    Precision precision = Precision::minute;
};

/// "02:30" or "02:30:15"; the hour may have one digit.
std::optional<TimeOfDay> time_of_day(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon != 1 && colon != 2) return std::nullopt;
    const auto hour = number(text.substr(0, colon));
    const std::string_view rest = text.substr(colon + 1);
    const bool has_seconds = rest.size() == 5 && rest[2] == ':';
    if (rest.size() != 2 && !has_seconds) return std::nullopt;
    const auto minute = number(rest.substr(0, 2));
    const auto second = has_seconds ? number(rest.substr(3)) : std::optional(0);
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) {
        return std::nullopt;
    }
    return TimeOfDay{std::chrono::hours(*hour) + minutes(*minute) + seconds(*second),
                     has_seconds ? Precision::second : Precision::minute};
}

std::optional<local_days> day_named(std::string_view text, const MomentContext& context) {
    if (text == "today") return today(context);
    if (text == "yesterday") return today(context) - days(1);
    if (text == "tomorrow") return today(context) + days(1);
    return date_of(text);
}

/// A bare time of day: the latest one, or the next.
Moment nearest(const TimeOfDay& time, const MomentContext& context) {
    const local_days day = today(context);
    const zone::Zone& zone = zone_of(context);
    const auto on = [&](local_days that) {
        return instants_of(that + time.since_midnight, time.precision, zone);
    };
    const bool past = context.tense == Tense::past && !mutated(TimesMutant::past_time_is_to_come);
    if (past) {
        Moment found = on(day);
        if (found.at > context.now) return on(day - days(1));
        if (found.again && *found.again > context.now) found.again.reset();
        return found;
    }
    Moment found = on(day);
    if (found.at <= context.now && found.again && *found.again > context.now) {
        found.at = *found.again;
        found.again.reset();
    }
    return found.at > context.now ? found : on(day + days(1));
}

std::optional<Moment> local_moment(std::string_view text, const MomentContext& context) {
    const std::size_t end = text.find_first_of(" \tT");
    const std::string_view first = text.substr(0, end);
    const auto day = day_named(first, context);
    if (!day) {
        const auto time = time_of_day(text);
        if (!time) return std::nullopt;
        return nearest(*time, context);
    }
    const zone::Zone& zone = zone_of(context);
    if (end == std::string_view::npos) {
        Moment moment = instants_of(*day, Precision::day, zone);
        moment.again.reset();
        moment.is_missing = false;
        moment.next_day = instants_of(*day + days(1), Precision::day, zone).at;
        return moment;
    }
    const std::size_t begin = text.find_first_not_of(" \t", text[end] == 'T' ? end + 1 : end);
    if (begin == std::string_view::npos) return std::nullopt;
    const auto time = time_of_day(text.substr(begin));
    if (!time) return std::nullopt;
    return instants_of(*day + time->since_midnight, time->precision, zone);
}

std::optional<WallTime> from_now(std::string_view text, const MomentContext& context) {
    const bool back = text.front() == '-';
    const bool ahead = text.front() == '+';
    if (back || ahead) text.remove_prefix(1);
    const auto duration = parse_duration(text);
    if (!duration) return std::nullopt;
    const bool lies_back =
        (back && !mutated(TimesMutant::sign_not_heard)) ||
        (!ahead && (context.tense == Tense::past || mutated(TimesMutant::duration_always_back)));
    return lies_back ? context.now - *duration : context.now + *duration;
}

}  // namespace

WallTime Moment::last(WallTime from) const {
    switch (precision) {
        case Precision::instant:
            return from;
        case Precision::second:
            return from + seconds(1) - microseconds(1);
        case Precision::minute:
            return from + minutes(1) - microseconds(1);
        case Precision::day:
            return next_day.value_or(from + days(1)) - microseconds(1);
    }
    return from;
}

Result<Moment> parse_moment(std::string_view text, const MomentContext& context) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin != std::string_view::npos) {
        const std::string_view trimmed =
            text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
        if (trimmed == "now") return Moment{.at = context.now};
        if (const auto instant = parse_rfc3339(trimmed)) {
            const bool has_fraction = floor<seconds>(*instant) != *instant;
            return Moment{.at = *instant,
                          .precision = has_fraction ? Precision::instant : Precision::second};
        }
        if (const auto moment = local_moment(trimmed, context)) return *moment;
        if (const auto instant = from_now(trimmed, context)) return Moment{.at = *instant};
    }
    return fail(ErrorCode::invalid_argument,
                "'" + std::string(text) +
                    "' is not a time; write now, 02:30, 'yesterday 02:30', '2026-11-22 02:30', "
                    "2026-11-22T02:30:00Z, or a duration from now such as 2h, -30m or 7d");
}

}  // namespace quantum::times
