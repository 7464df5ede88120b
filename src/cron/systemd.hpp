#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quantum/cron.hpp"

/// OnCalendar expressions of systemd: `Mon..Fri *-*-01,15 08:30:00 Europe/Zurich`.
namespace quantum::cron {

/// start, start + repeat, … up to stop (or to the field's end where there is no stop).
/// Seconds are counted in microseconds.
struct CalendarPart {
    std::int64_t start = 0;
    std::int64_t stop = -1;
    std::int64_t repeat = 0;

    friend auto operator<=>(const CalendarPart&, const CalendarPart&) = default;
};

/// A list of parts; empty means every value.
class CalendarList {
public:
    static constexpr std::size_t capacity = 64;

    [[nodiscard]] bool any() const { return count_ == 0; }
    [[nodiscard]] bool add(const CalendarPart& part) {
        if (count_ == capacity) return false;
        parts_[count_++] = part;
        return true;
    }
    [[nodiscard]] CalendarPart* begin() { return parts_.data(); }
    [[nodiscard]] CalendarPart* end() { return parts_.data() + count_; }
    [[nodiscard]] const CalendarPart* begin() const { return parts_.data(); }
    [[nodiscard]] const CalendarPart* end() const { return parts_.data() + count_; }
    void normalise();

private:
    std::array<CalendarPart, capacity> parts_{};
    std::size_t count_ = 0;
};

/// The parts of an expression as they were written, sorted.
struct Calendar {
    std::uint8_t weekdays = 0;  ///< bit 0 is Monday, as systemd counts; 0: none named
    CalendarList years;
    CalendarList months;
    CalendarList days;
    bool from_month_end = false;  ///< days count back from the last, which is 1
    CalendarList hours;
    CalendarList minutes;
    CalendarList seconds;
    std::string_view zone;
    std::size_t zone_at = 0;
};

[[nodiscard]] bool parse_calendar(std::string_view text, Calendar& out, CronError& error);

/// The expression, with the zone that the text names.
[[nodiscard]] bool parse_systemd(std::string_view text, ParsedText& out, CronError& error);

/// The text as `systemd-analyze calendar` writes it; empty if it is no expression.
[[nodiscard]] std::optional<std::string> calendar_normal_form(std::string_view text);

}  // namespace quantum::cron
