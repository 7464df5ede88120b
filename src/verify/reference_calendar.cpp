#include "verify/reference_calendar.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace quantum::verify {

namespace {

// Written out as systemd.time(7) lists them.
const std::map<std::string, std::string>& calendar_words() {
    static const std::map<std::string, std::string> all{
        {"minutely", "*-*-* *:*:00"},
        {"hourly", "*-*-* *:00:00"},
        {"daily", "*-*-* 00:00:00"},
        {"weekly", "Mon *-*-* 00:00:00"},
        {"monthly", "*-*-01 00:00:00"},
        {"quarterly", "*-01,04,07,10-01 00:00:00"},
        {"semiannually", "*-01,07-01 00:00:00"},
        {"semi-annually", "*-01,07-01 00:00:00"},
        {"biannually", "*-01,07-01 00:00:00"},
        {"bi-annually", "*-01,07-01 00:00:00"},
        {"yearly", "*-01-01 00:00:00"},
        {"annually", "*-01-01 00:00:00"},
        {"anually", "*-01-01 00:00:00"},
    };
    return all;
}

[[noreturn]] void refuse_calendar(const std::string& part) {
    throw Unreadable("the reference engine does not read '" + part + "' in a calendar event");
}

std::vector<std::string> parts_between(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::string part;
    std::istringstream in(text);
    while (std::getline(in, part, separator)) parts.push_back(part);
    if (!text.empty() && text.back() == separator) parts.emplace_back();
    return parts;
}

// Monday is 1, Sunday 7; 0: no name of a day.
int day_of_name(const std::string& written) {
    static constexpr std::array<const char*, 7> names{"monday", "tuesday",  "wednesday", "thursday",
                                                      "friday", "saturday", "sunday"};
    const std::string text = lower(written);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string name = names.at(i);
        if (text == name || text == name.substr(0, 3)) return static_cast<int>(i) + 1;
    }
    return 0;
}

bool begins_with_letter(const std::string& text) {
    return !text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) != 0;
}

// "Mon", "Mon..Fri", "Mon-Fri", "Sat,Sun".
std::set<int> days_named(const std::string& text) {
    std::set<int> days;
    for (const std::string& item : parts_between(text, ',')) {
        if (item.empty()) continue;  // a comma too many is fine
        auto dots = item.find("..");
        std::size_t width = 2;
        if (dots == std::string::npos) {
            dots = item.find('-');
            width = 1;
        }
        const int from = day_of_name(item.substr(0, dots));
        const int to = dots == std::string::npos ? from : day_of_name(item.substr(dots + width));
        if (from == 0 || to < from) refuse_calendar(item);
        for (int day = from; day <= to; ++day) days.insert(day);
    }
    return days;
}

// What one field may hold, in its smallest unit: of seconds, microseconds.
struct CalendarShape {
    std::int64_t low;
    std::int64_t high;
    std::int64_t unit = 1;
};
constexpr CalendarShape year_shape{1970, 2199};
constexpr CalendarShape month_shape{1, 12};
constexpr CalendarShape day_shape{1, 31};
constexpr CalendarShape hour_shape{0, 23};
constexpr CalendarShape minute_shape{0, 59};
constexpr CalendarShape second_shape{0, 59'999'999, 1'000'000};

std::int64_t calendar_number(const CalendarShape& shape, const std::string& text) {
    const auto point = text.find('.');
    const std::string whole = text.substr(0, point);
    std::string rest = point == std::string::npos ? "" : text.substr(point + 1);
    const auto digits = [](const std::string& some) {
        return std::all_of(some.begin(), some.end(),
                           [](unsigned char c) { return std::isdigit(c) != 0; });
    };
    const bool fraction = point != std::string::npos;
    if (whole.empty() || whole.size() > 9 || !digits(whole) || !digits(rest) ||
        (fraction && (shape.unit == 1 || rest.empty()))) {
        refuse_calendar(text);
    }
    rest.resize(6, '0');
    return std::atoll(whole.c_str()) * shape.unit + (fraction ? std::atoll(rest.c_str()) : 0);
}

struct CalendarValues {
    bool star = false;
    bool running = false;
    std::set<std::int64_t> values;  // empty where it is a star
};

// One item of a list: a value, a range, either with a repetition.
void add_calendar_item(const CalendarShape& shape, const std::string& item, bool from_the_end,
                       CalendarValues& found) {
    const auto slash = item.find('/');
    const std::string range = item.substr(0, slash);
    const auto dots = range.find("..");
    std::int64_t from = calendar_number(shape, range.substr(0, dots));
    std::int64_t to = from;
    std::int64_t step = shape.unit;
    if (dots != std::string::npos) to = calendar_number(shape, range.substr(dots + 2));
    if (slash != std::string::npos) step = calendar_number(shape, item.substr(slash + 1));
    if (&shape == &year_shape) {
        for (std::int64_t* year : {&from, &to}) {
            if (*year < 70) *year += 2000;
            if (*year >= 70 && *year < 100) *year += 1900;
        }
    }
    if (step < 1 || to < from || from < shape.low || to > shape.high) refuse_calendar(item);
    const bool open_end = slash != std::string::npos && dots == std::string::npos;
    found.running = found.running || open_end || (step != shape.unit && to - from >= step);
    if (open_end && from_the_end) {
        // From so many days before the end, on towards it.
        for (std::int64_t value = from; value >= shape.low; value -= step) {
            found.values.insert(value);
        }
        return;
    }
    if (open_end) to = shape.high;
    for (std::int64_t value = from; value <= to; value += step) found.values.insert(value);
}

CalendarValues calendar_field(const CalendarShape& shape, const std::string& text,
                              bool from_the_end = false) {
    CalendarValues found;
    if (text == "*") {
        found.star = found.running = true;
        return found;
    }
    const std::vector<std::string> items = parts_between(text, ',');
    if (items.empty()) refuse_calendar(text);
    for (const std::string& item : items) add_calendar_item(shape, item, from_the_end, found);
    return found;
}

void fill_table(std::vector<bool>& table, const CalendarValues& values, std::int64_t unit) {
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = values.star;
    for (const std::int64_t value : values.values) {
        table.at(static_cast<std::size_t>(value / unit)) = true;
    }
}

int length_of_month(cctz::civil_day day) {
    return (cctz::civil_day(cctz::civil_month(day) + 1) - 1).day();
}

// [year-]month-day, or with a ~ before the day: counted from the month's end.
void read_calendar_date(const std::string& text, ReferenceRule& rule) {
    std::string plain = text;
    const auto wave = plain.find('~');
    if (wave != std::string::npos) plain[wave] = '-';
    std::vector<std::string> fields = parts_between(plain, '-');
    if (fields.size() == 2) fields.insert(fields.begin(), "*");
    const bool at_the_end =
        wave == std::string::npos || text.find_first_of("-~", wave + 1) == std::string::npos;
    if (fields.size() != 3 || !at_the_end) refuse_calendar(text);
    const CalendarValues years = calendar_field(year_shape, fields[0]);
    if (!years.star) {
        rule.year = [values = years.values](cctz::year_t year) { return values.contains(year); };
    }
    fill_table(rule.months, calendar_field(month_shape, fields[1]), 1);
    const bool from_the_end = wave != std::string::npos;
    const CalendarValues days = calendar_field(day_shape, fields[2], from_the_end);
    rule.starred_day = days.star;
    rule.days_of_month = {[days, from_the_end](cctz::civil_day day) {
        if (days.star) return true;
        return days.values.contains(from_the_end ? length_of_month(day) - day.day() + 1
                                                 : day.day());
    }};
}

void read_calendar_time(const std::string& text, ReferenceRule& rule) {
    std::vector<std::string> fields = parts_between(text, ':');
    if (fields.size() == 2) fields.emplace_back("0");
    if (fields.size() != 3) refuse_calendar(text);
    const CalendarValues hours = calendar_field(hour_shape, fields[0]);
    const CalendarValues minutes = calendar_field(minute_shape, fields[1]);
    const CalendarValues seconds = calendar_field(second_shape, fields[2]);
    fill_table(rule.hours, hours, 1);
    fill_table(rule.minutes, minutes, 1);
    fill_table(rule.seconds, seconds, second_shape.unit);
    rule.hour_running = hours.running;
    rule.below_hour_running = minutes.running || seconds.running;
}

ReferenceRule read_timestamp(const std::string& text) {
    ReferenceRule rule;
    const std::string digits = text.substr(1);
    if (digits.empty() || digits.size() > 12 ||
        digits.find_first_not_of("0123456789") != std::string::npos) {
        refuse_calendar(text);
    }
    rule.once = WallTime(std::chrono::seconds(std::atoll(digits.c_str())));
    rule.zone = "UTC";
    return rule;
}

}  // namespace

ReferenceRule read_calendar(std::string_view written) {
    std::string text(written);
    std::string zone;
    // Only a zone begins with a letter after a blank.
    const auto blank = text.rfind(' ');
    const std::string last = blank == std::string::npos ? "" : text.substr(blank + 1);
    if (begins_with_letter(last) && day_of_name(parts_between(last, ',').front()) == 0 &&
        !calendar_words().contains(lower(last))) {
        zone = lower(last) == "utc" ? "UTC" : last;
        text.erase(blank);
    }
    if (const auto word = calendar_words().find(lower(text)); word != calendar_words().end()) {
        text = word->second;
    }
    std::istringstream in(text);
    std::vector<std::string> parts;
    for (std::string part; in >> part;) parts.push_back(part);
    ReferenceRule rule;
    std::set<int> days{1, 2, 3, 4, 5, 6, 7};
    if (!parts.empty() && begins_with_letter(parts[0])) {
        days = days_named(parts[0]);
        parts.erase(parts.begin());
        if (parts.empty()) parts.emplace_back("*-*-*");
    }
    if (parts.size() == 1 && parts[0][0] == '@') return read_timestamp(parts[0]);
    std::string date = "*-*-*";
    std::string time = "0:0:0";
    for (const std::string& part : parts) {
        (part.find(':') != std::string::npos ? time : date) = part;
    }
    if (parts.empty() || parts.size() > 2) refuse_calendar(text);
    if (parts.size() == 2 && (parts[0] != date || parts[1] != time)) refuse_calendar(text);
    read_calendar_date(date, rule);
    read_calendar_time(time, rule);
    rule.starred_weekday = days.size() == 7;
    rule.days_of_week = {[days](cctz::civil_day day) {
        return days.contains(static_cast<int>(cctz::get_weekday(day)) + 1);
    }};
    rule.zone = std::move(zone);
    return rule;
}

}  // namespace quantum::verify
