#include "cron/on_calendar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "cron/calendar_chain.hpp"
#include "cron/mutant.hpp"

namespace quantum::cron {

namespace {

constexpr std::string_view utc = "UTC";

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return detail::lower(x) == detail::lower(y); });
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 13> shorthands{{
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
    {"annually", "*-01-01 00:00:00"},
    {"anually", "*-01-01 00:00:00"},  // systemd keeps the slip of its early days
    {"yearly", "*-01-01 00:00:00"},
}};

std::string_view shorthand_for(std::string_view word) {
    for (const auto& [name, meaning] : shorthands) {
        if (same_word(word, name)) return meaning;
    }
    return {};
}

/// Days of the week as systemd orders them: Monday is 0.
constexpr std::array<std::string_view, 7> day_names{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                    "Friday", "Saturday", "Sunday"};

struct DayName {
    int day = -1;  ///< -1: no name stands here
    std::size_t length = 0;
};

DayName day_name_at(std::string_view text) {
    for (std::size_t day = 0; day < day_names.size(); ++day) {
        for (const std::string_view name : {day_names[day], day_names[day].substr(0, 3)}) {
            if (same_word(text.substr(0, name.size()), name)) {
                return {static_cast<int>(day), name.size()};
            }
        }
    }
    return {};
}

/// One reading of one text, left to right.
class Reader {
public:
    Reader(std::string_view text, ParsedText& out, CronError& error, std::string* normal_form)
        : text_(text), end_(text.size()), out_(out), error_(error), normal_form_(normal_form) {}

    bool read() {
        if (text_.empty()) return fail(CronErrorKind::empty_text, 0, 1);
        take_zone();
        const std::string_view meaning = shorthand_for(text_.substr(0, end_));
        if (!meaning.empty()) {
            text_ = meaning;
            end_ = meaning.size();
        }
        if (end_ == 0 || text_.front() == ' ') return fail(CronErrorKind::bad_calendar, 0, 1);
        if (!read_weekdays()) return false;
        if (at_ < end_ && text_[at_] == '@') {
            if (!read_timestamp()) return false;
        } else if (!read_date() || !read_time()) {
            return false;
        }
        if (normal_form_ != nullptr && !out_.zone.empty()) {
            *normal_form_ += ' ';
            *normal_form_ += out_.zone;
        }
        if (!finish(out_.expression)) {
            return fail_in(Field::day, CronErrorKind::never_matches, 0, text_.size());
        }
        return true;
    }

private:
    bool fail(CronErrorKind kind, std::size_t from, std::size_t to) {
        error_ = {.kind = kind,
                  .column = static_cast<std::uint32_t>(from) + 1,
                  .length = static_cast<std::uint32_t>(std::max(to, from + 1) - from)};
        return false;
    }

    bool fail_in(Field field, CronErrorKind kind, std::size_t from, std::size_t to) {
        fail(kind, from, to);
        error_.in_field = true;
        error_.field = field;
        return false;
    }

    void skip_blanks() {
        while (at_ < end_ && text_[at_] == ' ') ++at_;
    }

    [[nodiscard]] std::size_t find_any(std::string_view characters, std::size_t from) const {
        return std::min(text_.find_first_of(characters, from), end_);
    }

    /// Only a zone begins with a letter after a blank.
    void take_zone() {
        const std::size_t blank = text_.rfind(' ');
        if (blank == std::string_view::npos || blank + 1 == text_.size()) return;
        const std::string_view word = text_.substr(blank + 1);
        if (!detail::is_letter(word.front())) return;
        if (day_name_at(word).day >= 0 || !shorthand_for(word).empty()) return;
        out_.zone = same_word(word, utc) ? utc : word;
        out_.zone_column = static_cast<std::uint32_t>(blank) + 2;
        end_ = blank;
    }

    // --- weekdays -------------------------------------------------------------------------

    bool read_weekdays() {
        std::uint8_t set = 0;  // Monday is bit 0
        int range_from = -1;
        std::size_t item = 0;
        bool any = false;
        for (;;) {
            const DayName name = day_name_at(text_.substr(at_, end_ - at_));
            if (name.day < 0) {
                if (!any) break;
                return fail_weekday(CronErrorKind::not_a_value, at_);
            }
            if (range_from < 0) item = at_;
            at_ += name.length;
            if (at_ < end_ && std::string_view("-., ").find(text_[at_]) == std::string_view::npos) {
                return fail_weekday(CronErrorKind::not_a_value, item);
            }
            if (range_from > name.day) return fail_weekday(CronErrorKind::reversed_range, item);
            const int from = range_from < 0 ? name.day : range_from;
            for (int day = from; day <= name.day; ++day) {
                set = static_cast<std::uint8_t>(set | 1U << day);
            }
            const bool was_range = range_from >= 0;
            any = true;
            range_from = -1;
            if (at_ == end_ || text_[at_] == ' ') break;
            if (text_[at_] == ',') {
                ++at_;
                if (at_ == end_ || text_[at_] == ' ') break;  // a comma too many is fine
                continue;
            }
            const std::size_t dots = text_[at_] == '.' ? 2 : 1;
            if (was_range || (dots == 2 && (at_ + 1 == end_ || text_[at_ + 1] != '.'))) {
                return fail_weekday(CronErrorKind::not_a_value, item);
            }
            at_ += dots;
            range_from = name.day;
            if (at_ == end_ || text_[at_] == ' ') {
                return fail_weekday(CronErrorKind::empty_item, at_);
            }
        }
        skip_blanks();
        store_weekdays(any ? set : all_weekdays);
        return true;
    }

    bool fail_weekday(CronErrorKind kind, std::size_t from) {
        return fail_in(Field::weekday, kind, from, find_any(", ", from));
    }

    void store_weekdays(std::uint8_t from_monday) {
        CronExpression& e = out_.expression;
        e.weekdays = static_cast<std::uint8_t>(
            (from_monday << 1 | (mutated(CronMutant::sunday_is_lost) ? 0 : from_monday >> 6)) &
            0x7F);
        if (from_monday == all_weekdays) {
            e.running.add(Field::weekday);
            e.starred.add(Field::weekday);
        } else if (normal_form_ != nullptr) {
            print_weekdays(from_monday);
        }
    }

    /// Three days in a row or more are a range.
    void print_weekdays(std::uint8_t from_monday) {
        std::string& out = *normal_form_;
        for (std::size_t day = 0; day < day_names.size(); ++day) {
            if ((from_monday >> day & 1) == 0) continue;
            std::size_t last = day;
            while (last + 1 < day_names.size() && (from_monday >> (last + 1) & 1) != 0) ++last;
            if (!out.empty()) out += ',';
            out += day_names[day].substr(0, 3);
            if (last >= day + 2) {
                out += "..";
                out += day_names[last].substr(0, 3);
                day = last;
            }
        }
        out += ' ';
    }

    // --- date and time --------------------------------------------------------------------

    /// Reads [from, to) as a field, stores and prints it.
    bool read_chain(Field field, std::size_t from, std::size_t to, bool from_month_end = false) {
        CalendarChain chain(field, from_month_end);
        if (!chain.parse(text_.substr(from, to - from), error_)) {
            error_.column += static_cast<std::uint32_t>(from);
            return false;
        }
        if (normal_form_ != nullptr) {
            if (field == Field::day)
                *normal_form_ += from_month_end && !chain.is_star() ? '~' : '-';
            chain.print(*normal_form_);
            if (field == Field::year) *normal_form_ += '-';
            if (field == Field::day) *normal_form_ += ' ';
            if (field == Field::hour || field == Field::minute) *normal_form_ += ':';
        }
        if (!chain.store(out_.expression)) {
            return fail_in(field, CronErrorKind::too_many_years, from, to);
        }
        return true;
    }

    /// A field that the text leaves out.
    bool imply(Field field, std::string_view value) {
        const std::string_view text = std::exchange(text_, value);
        const bool done = read_chain(field, 0, value.size());
        text_ = text;
        return done;
    }

    bool imply_date() {
        return imply(Field::year, "*") && imply(Field::month, "*") && imply(Field::day, "*");
    }

    /// [year-]month-day or [year-]month~day.
    bool read_date() {
        if (at_ == end_) return imply_date();
        const std::size_t first_end = find_any(" -~:", at_);
        if (first_end == end_ || text_[first_end] == ':') return imply_date();
        if (text_[first_end] == ' ') return fail(CronErrorKind::bad_calendar, at_, first_end);

        const std::size_t second = first_end + 1;
        const std::size_t second_end = find_any(" -~:", second);
        const bool two = second_end == end_ || text_[second_end] == ' ';
        if (two) {
            const bool from_month_end = text_[first_end] == '~';
            if (!imply(Field::year, "*") || !read_chain(Field::month, at_, first_end) ||
                !read_chain(Field::day, second, second_end, from_month_end)) {
                return false;
            }
            at_ = second_end;
        } else {
            if (text_[first_end] == '~' || text_[second_end] == ':') {
                return fail(CronErrorKind::bad_calendar, second_end, find_any(" ", second_end));
            }
            const std::size_t third = second_end + 1;
            const std::size_t third_end = find_any(" -~:", third);
            if (third_end != end_ && text_[third_end] != ' ') {
                return fail(CronErrorKind::bad_calendar, third_end, find_any(" ", third_end));
            }
            if (!read_chain(Field::year, at_, first_end) ||
                !read_chain(Field::month, second, second_end) ||
                !read_chain(Field::day, third, third_end, text_[second_end] == '~')) {
                return false;
            }
            at_ = third_end;
        }
        skip_blanks();
        return true;
    }

    /// hour:minute[:second], midnight if there is none.
    bool read_time() {
        if (at_ == end_) {
            return imply(Field::hour, "0") && imply(Field::minute, "0") &&
                   imply(Field::second, "0");
        }
        const std::size_t hour_end = find_any(" -~:", at_);
        if (hour_end == end_ || text_[hour_end] != ':') {
            return fail(CronErrorKind::bad_calendar, at_, find_any(" ", at_));
        }
        const std::size_t minute = hour_end + 1;
        const std::size_t minute_end = find_any(" -~:", minute);
        if (!read_chain(Field::hour, at_, hour_end) ||
            !read_chain(Field::minute, minute, minute_end)) {
            return false;
        }
        if (minute_end == end_) return imply(Field::second, "0");
        if (text_[minute_end] != ':') {
            return fail(CronErrorKind::bad_calendar, minute_end, end_);
        }
        const std::size_t second = minute_end + 1;
        const std::size_t second_end = find_any(" -~:", second);
        if (second_end != end_) return fail(CronErrorKind::bad_calendar, second_end, end_);
        const bool every = text_.substr(second, second_end - second) == "*";
        return every ? imply(Field::second, "0/1") : read_chain(Field::second, second, second_end);
    }

    /// @ and seconds since 1970: one instant, which is UTC whatever zone is named.
    bool read_timestamp() {
        std::int64_t seconds = 0;
        const std::string_view digits = text_.substr(at_ + 1, end_ - at_ - 1);
        const auto [stop, problem] =
            std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
        if (problem != std::errc{} || stop != digits.data() + digits.size() ||
            digits.front() == '-') {
            return fail(CronErrorKind::bad_calendar, at_, end_);
        }
        if (seconds >= std::int64_t{day_number_of(2200, 1, 1)} * seconds_a_day) {
            return fail_in(Field::year, CronErrorKind::out_of_range, at_, end_);
        }
        if (!mutated(CronMutant::timestamp_in_named_zone) || out_.zone.empty()) out_.zone = utc;
        out_.zone_column = 1;
        const Date date = date_of(static_cast<std::int32_t>(seconds / seconds_a_day));
        const std::int64_t time = seconds % seconds_a_day;
        return imply(Field::year, std::to_string(date.year)) &&
               imply(Field::month, std::to_string(date.month)) &&
               imply(Field::day, std::to_string(date.day)) &&
               imply(Field::hour, std::to_string(time / 3600)) &&
               imply(Field::minute, std::to_string(time / 60 % 60)) &&
               imply(Field::second, std::to_string(time % 60));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t end_;
    ParsedText& out_;
    CronError& error_;
    std::string* normal_form_;
};

}  // namespace

bool parse_on_calendar(std::string_view text, ParsedText& out, CronError& error) {
    return Reader(text, out, error, nullptr).read();
}

bool parse_on_calendar(std::string_view text, ParsedText& out, CronError& error,
                       std::string& normal_form) {
    normal_form.clear();
    return Reader(text, out, error, &normal_form).read();
}

}  // namespace quantum::cron
