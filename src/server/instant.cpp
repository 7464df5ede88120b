#include "server/instant.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>

#include "base/rfc3339.hpp"
#include "zone/zone.hpp"

namespace quantum::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Takes `width` digits off the front, and `after` if it is not zero.
std::optional<int> take_number(std::string_view& text, std::size_t width, char after) {
    if (text.size() < width + (after == '\0' ? 0 : 1)) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(0, width)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    if (after != '\0' && text[width] != after) return std::nullopt;
    text.remove_prefix(width + (after == '\0' ? 0 : 1));
    return value;
}

/// ".25" as microseconds; none: it is not followed by a digit.
std::optional<Duration> take_fraction(std::string_view& text) {
    if (!text.starts_with('.')) return Duration::zero();
    text.remove_prefix(1);
    std::int64_t value = 0;
    std::int64_t unit = 100'000;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
        value += unit * (text[digits] - '0');
        unit /= 10;
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    return Duration(value);
}

std::optional<minutes> take_offset(std::string_view text) {
    if (text == "Z" || text == "z") return minutes(0);
    if (text.size() != 6 || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const bool is_west = text.front() == '-';
    text.remove_prefix(1);
    const auto hour = take_number(text, 2, ':');
    const auto minute = take_number(text, 2, '\0');
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    const auto offset = hours(*hour) + minutes(*minute);
    return is_west ? -offset : offset;
}

void append_two(std::string& text, std::int64_t value) {
    if (value < 10) text += '0';
    text += std::to_string(value);
}

}  // namespace

std::optional<WallTime> parse_instant(std::string_view text) {
    const auto year = take_number(text, 4, '-');
    const auto month = year ? take_number(text, 2, '-') : std::nullopt;
    const auto day = month ? take_number(text, 2, 'T') : std::nullopt;
    const auto hour = day ? take_number(text, 2, ':') : std::nullopt;
    const auto minute = hour ? take_number(text, 2, ':') : std::nullopt;
    const auto second = minute ? take_number(text, 2, '\0') : std::nullopt;
    if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    const auto fraction = take_fraction(text);
    const auto offset = take_offset(text);
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!fraction || !offset || !date.ok()) return std::nullopt;
    return WallTime(std::chrono::sys_days(date)) + hours(*hour) + minutes(*minute) +
           seconds(*second) + *fraction - *offset;
}

std::string local_text(WallTime time, std::string_view zone_name) {
    const zone::Zone* const zone = zone::Zone::named(std::string(zone_name));
    const std::int64_t offset =
        zone == nullptr
            ? 0
            : zone->window_at(std::chrono::floor<seconds>(time).time_since_epoch().count())->offset;
    std::string text = base::rfc3339(time + seconds(offset));
    text.pop_back();  // the Z
    text += offset < 0 ? '-' : '+';
    const std::int64_t size = std::abs(offset);
    append_two(text, size / 3600);
    text += ':';
    append_two(text, size / 60 % 60);
    return text;
}

}  // namespace quantum::server
