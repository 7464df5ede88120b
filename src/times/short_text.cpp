#include "times/short_text.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "times/mutant.hpp"
#include "times/time_text.hpp"

namespace quantum::times {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

std::string padded(std::int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); }

/// What the local clock shows, as if it were UTC.
std::chrono::sys_seconds shown(WallTime time, const zone::Zone* zone) {
    return floor<seconds>(time) + seconds(offset_at(zone, time));
}

std::string clock_text(std::chrono::sys_seconds local, bool always_seconds) {
    const std::int64_t since = (local - floor<days>(local)).count();
    std::string text = padded(since / 3600) + ':' + padded(since / 60 % 60);
    if (always_seconds || since % 60 != 0) text += ':' + padded(since % 60);
    return text;
}

std::string date_text(sys_days day, bool with_year) {
    constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const year_month_day date{day};
    std::string text = std::to_string(static_cast<unsigned>(date.day())) + ' ';
    text += months.at(static_cast<unsigned>(date.month()) - 1);
    if (with_year) text += ' ' + std::to_string(static_cast<int>(date.year()));
    return text;
}

}  // namespace

std::string span_text(Duration duration) {
    if (duration < Duration::zero()) return "-" + span_text(-duration);
    const std::int64_t micros = duration.count();
    if (micros < 1'000'000) return brief(duration);
    const std::int64_t whole = micros / 1'000'000;
    if (whole < 10 && micros / 100'000 % 10 != 0) return brief(duration);
    if (whole < 60) return std::to_string(whole) + 's';
    const auto two = [](std::int64_t great, char unit, std::int64_t small, char small_unit) {
        std::string text = std::to_string(great) + unit;
        if (small != 0) text += padded(small) + small_unit;
        return text;
    };
    if (whole < 3600) return two(whole / 60, 'm', whole % 60, 's');
    if (whole < 86400) return two(whole / 3600, 'h', whole / 60 % 60, 'm');
    return two(whole / 86400, 'd', whole / 3600 % 24, 'h');
}

std::string ShortTimes::day_before(WallTime time) const {
    constexpr days week{6};
    constexpr days half_a_year{183};
    const sys_days day = floor<days>(shown(time, zone_));
    const sys_days today = floor<days>(shown(now_, zone_));
    const days apart = day > today ? day - today : today - day;
    if (apart == days(0)) return {};
    if (apart <= week || mutated(TimesMutant::date_dropped_too_soon)) {
        return std::string(weekday_name(time, offset_at(zone_, time))) + ' ';
    }
    return date_text(day, apart > half_a_year) + ' ';
}

std::string ShortTimes::text(WallTime time) const { return day_before(time) + time_of_day(time); }

std::string ShortTimes::with_seconds(WallTime time) const {
    return day_before(time) + clock_text(shown(time, zone_), true);
}

std::string ShortTimes::time_of_day(WallTime time) const {
    return clock_text(shown(time, zone_), false);
}

std::string ShortTimes::day(WallTime time) const {
    const sys_days day = floor<days>(shown(time, zone_));
    const year_month_day date{day};
    const year_month_day today{floor<days>(shown(now_, zone_))};
    return std::string(weekday_name(time, offset_at(zone_, time))) + ' ' +
           date_text(day, date.year() != today.year());
}

std::string ShortTimes::relative(WallTime time) const {
    if (time > now_) return "in " + span_text(time - now_);
    const Duration ago = now_ - time;
    return ago < seconds(1) ? "now" : span_text(ago) + " ago";
}

}  // namespace quantum::times
