#include "cli/rfc3339.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>

namespace quantum::cli {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Reads a text from the left; every read fails once one has failed.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    /// Exactly `width` digits.
    int number(std::size_t width) {
        int value = 0;
        for (; width > 0; --width) {
            if (!digit_next()) {
                good_ = false;
                return 0;
            }
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }

    /// One of these characters.
    char one_of(std::string_view allowed) {
        if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) {
            good_ = false;
            return '\0';
        }
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    /// ".25" as microseconds; nothing is no fraction.
    microseconds fraction() {
        if (rest_.empty() || (rest_.front() != '.' && rest_.front() != ',')) {
            return {};
        }
        rest_.remove_prefix(1);
        good_ = good_ && digit_next();
        std::int64_t value = 0;
        for (std::int64_t unit = 100'000; digit_next(); unit /= 10) {
            value += unit * (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return microseconds(value);
    }

    [[nodiscard]] bool done() const { return good_ && rest_.empty(); }

private:
    [[nodiscard]] bool digit_next() const {
        return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
    }

    std::string_view rest_;
    bool good_ = true;
};

void append_number(std::string& out, std::int64_t value, std::size_t width) {
    const std::string digits = std::to_string(std::abs(value));
    if (value < 0) {
        out += '-';
    }
    out.append(width > digits.size() ? width - digits.size() : 0, '0');
    out += digits;
}

/// "2026-11-22T01:05:00.25" of a time read as if it were UTC.
void append_civil(std::string& out, WallTime time, char separator) {
    const auto day = floor<days>(time);
    const std::chrono::year_month_day date(day);
    const microseconds in_day = time - day;
    append_number(out, static_cast<int>(date.year()), 4);
    out += '-';
    append_number(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    append_number(out, static_cast<unsigned>(date.day()), 2);
    out += separator;
    append_number(out, floor<hours>(in_day).count(), 2);
    out += ':';
    append_number(out, floor<minutes>(in_day).count() % 60, 2);
    out += ':';
    append_number(out, floor<seconds>(in_day).count() % 60, 2);
    if (const std::int64_t fraction = in_day.count() % 1'000'000; fraction != 0) {
        out += '.';
        append_number(out, fraction, 6);
        out.resize(out.find_last_not_of('0') + 1);
    }
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    Scanner scan(text);
    const int year = scan.number(4);
    scan.one_of("-");
    const int month = scan.number(2);
    scan.one_of("-");
    const int day = scan.number(2);
    scan.one_of("Tt ");
    const int hour = scan.number(2);
    scan.one_of(":");
    const int minute = scan.number(2);
    scan.one_of(":");
    const int second = scan.number(2);
    const microseconds fraction = scan.fraction();
    const char zone = scan.one_of("Zz+-");
    int offset = 0;
    if (zone == '+' || zone == '-') {
        const int offset_hour = scan.number(2);
        scan.one_of(":");
        const int offset_minute = scan.number(2);
        if (offset_hour > 23 || offset_minute > 59) {
            return std::nullopt;
        }
        offset = (offset_hour * 60 + offset_minute) * (zone == '-' ? -1 : 1);
    }
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!scan.done() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    return WallTime(std::chrono::sys_days(date)) + hours(hour) + minutes(minute - offset) +
           seconds(second) + fraction;
}

void append_utc(std::string& out, WallTime time) {
    append_civil(out, time, 'T');
    out += 'Z';
}

std::string format_local(WallTime time, std::int64_t offset) {
    std::string text;
    append_civil(text, time + seconds(offset), ' ');
    text += offset < 0 ? " -" : " +";
    const std::int64_t size = std::abs(offset);
    append_number(text, size / 3600, 2);
    text += ':';
    append_number(text, size / 60 % 60, 2);
    if (size % 60 != 0) {
        text += ':';
        append_number(text, size % 60, 2);
    }
    return text;
}

std::string_view weekday_name(WallTime time, std::int64_t offset) {
    constexpr std::array<std::string_view, 7> names = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
    return names.at(std::chrono::weekday(floor<days>(time + seconds(offset))).c_encoding());
}

}  // namespace quantum::cli
