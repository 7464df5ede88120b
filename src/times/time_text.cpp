#include "times/time_text.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>

#include "base/rfc3339.hpp"
#include "times/mutant.hpp"

namespace quantum::times {
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

/// At least two digits.
std::string two_digits(std::int64_t value) {
    return (value < 10 ? "0" : "") + std::to_string(value);
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
        offset = (offset_hour * 60 + offset_minute) *
                 (zone == '-' && !mutated(TimesMutant::offset_the_other_way) ? -1 : 1);
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

std::string format_local(WallTime time, std::int64_t offset) {
    std::string text = base::rfc3339(time + seconds(offset));
    text.back() = ' ';  // the Z
    text[text.find('T')] = ' ';
    const std::int64_t size = std::abs(offset);
    text += (offset < 0 ? '-' : '+') + two_digits(size / 3600) + ':' +
            two_digits(mutated(TimesMutant::half_hours_lost) ? 0 : size / 60 % 60);
    return size % 60 == 0 ? text : text + ':' + two_digits(size % 60);
}

std::string_view weekday_name(WallTime time, std::int64_t offset) {
    constexpr std::array<std::string_view, 7> names = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
    return names.at(std::chrono::weekday(floor<days>(time + seconds(offset))).c_encoding());
}

std::optional<Duration> parse_duration(std::string_view text) {
    constexpr std::int64_t limit = 100LL * 366 * 86400;
    std::int64_t total = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        const auto digits = static_cast<std::size_t>(end - text.data());
        if (error != std::errc() || number < 0 || number > limit || digits == text.size()) {
            return std::nullopt;
        }
        std::int64_t unit = 0;
        switch (text[digits]) {
            case 'd':
                unit = 86400;
                break;
            case 'h':
                unit = 3600;
                break;
            case 'm':
                unit = mutated(TimesMutant::day_of_60_seconds) ? 1 : 60;
                break;
            case 's':
                unit = 1;
                break;
            default:
                return std::nullopt;
        }
        total += number * unit;
        if (total > limit) return std::nullopt;
        text.remove_prefix(digits + 1);
    }
    return seconds(total);
}

std::string brief(Duration duration) {
    if (duration < Duration::zero()) return "-" + brief(-duration);
    const std::int64_t micros = duration.count();
    if (micros < 1000) return std::to_string(micros) + "us";
    if (micros < 1'000'000) return std::to_string(micros / 1000) + "ms";
    const std::int64_t whole = micros / 1'000'000;
    if (whole < 60) {
        return std::to_string(whole) + '.' + std::to_string(micros / 100'000 % 10) + 's';
    }
    if (whole < 3600) return std::to_string(whole / 60) + 'm' + two_digits(whole % 60) + 's';
    if (whole < 86400) {
        return std::to_string(whole / 3600) + 'h' + two_digits(whole / 60 % 60) + 'm';
    }
    return std::to_string(whole / 86400) + 'd' + two_digits(whole / 3600 % 24) + 'h';
}

std::int64_t offset_at(const zone::Zone* zone, WallTime time) {
    if (zone == nullptr) return 0;
    return zone->window_at(std::chrono::floor<seconds>(time).time_since_epoch().count())->offset;
}

}  // namespace quantum::times
