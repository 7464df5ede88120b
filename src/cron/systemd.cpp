#include "cron/systemd.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace quantum::cron {

namespace {

constexpr std::int64_t usec_a_second = 1'000'000;

struct Word {
    std::string_view name;
    std::string_view expansion;
};
constexpr std::array<Word, 13> words{{
    {"minutely", "*-*-* *:*:00"},
    {"hourly", "*-*-* *:00:00"},
    {"daily", "*-*-* 00:00:00"},
    {"weekly", "Mon *-*-* 00:00:00"},
    {"monthly", "*-*-01 00:00:00"},
    {"quarterly", "*-01,04,07,10-01 00:00:00"},
    {"biannually", "*-01,07-01 00:00:00"},
    {"bi-annually", "*-01,07-01 00:00:00"},
    {"semiannually", "*-01,07-01 00:00:00"},
    {"semi-annually", "*-01,07-01 00:00:00"},
    {"yearly", "*-01-01 00:00:00"},
    {"annually", "*-01-01 00:00:00"},
    {"anually", "*-01-01 00:00:00"},
}};

constexpr std::array<std::string_view, 7> weekday_names{
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return detail::lower(x) == detail::lower(y); });
}

/// Reads one text from left to right; functions return false after `fail`.
class CalendarParser {
public:
    CalendarParser(std::string_view text, Calendar& out, CronError& error)
        : text_(text), end_(text.size()), out_(out), error_(error) {}

    bool parse() {
        while (end_ > 0 && detail::is_blank(text_[end_ - 1])) --end_;
        skip_blanks();
        if (at_ == end_) return fail(CronErrorKind::empty_text, at_, at_ + 1);
        take_zone();
        return parse_weekdays() && parse_date() && parse_time() && check();
    }

private:
    bool fail(CronErrorKind kind, std::size_t from, std::size_t to) {
        error_.kind = kind;
        error_.in_field = in_field_;
        error_.field = field_;
        error_.column = static_cast<std::uint32_t>(from) + 1;
        error_.length = to > from ? static_cast<std::uint32_t>(to - from) : 1;
        return false;
    }
    bool bad_word() { return fail(CronErrorKind::bad_calendar, at_, word_end()); }

    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < end_ ? text_[at_ + ahead] : '\0';
    }
    void skip_blanks() {
        while (at_ < end_ && detail::is_blank(text_[at_])) ++at_;
    }
    [[nodiscard]] std::size_t word_end() const {
        std::size_t p = at_;
        while (p < end_ && !detail::is_blank(text_[p])) ++p;
        return p;
    }

    /// A last word that begins with a letter, after another word, is a zone.
    void take_zone() {
        std::size_t start = end_;
        while (start > at_ && !detail::is_blank(text_[start - 1])) --start;
        if (start == at_ || !detail::is_letter(text_[start])) return;
        out_.zone = text_.substr(start, end_ - start);
        out_.zone_at = start;
        // "daily weekly" and "Mon Tue" are slips, not zones; no zone is named like a weekday.
        if (weekday_at(start, end_) < 7) {
            out_.zone = {};
            return;
        }
        if (equal_ignoring_case(out_.zone, "UTC")) out_.zone = "UTC";
        end_ = start;
        while (end_ > at_ && detail::is_blank(text_[end_ - 1])) --end_;
    }

    /// 0 (Monday) to 6, in full or three letters; 7 for all else.
    [[nodiscard]] unsigned weekday_at(std::size_t from, std::size_t to) const {
        const std::string_view word = text_.substr(from, to - from);
        for (unsigned i = 0; i < 7; ++i) {
            if (equal_ignoring_case(word, weekday_names[i]) ||
                equal_ignoring_case(word, weekday_names[i].substr(0, 3))) {
                return i;
            }
        }
        return 7;
    }

    bool parse_weekday(unsigned& weekday) {
        std::size_t p = at_;
        while (p < end_ && detail::is_letter(text_[p])) ++p;
        weekday = weekday_at(at_, p);
        if (weekday == 7) return fail(CronErrorKind::bad_calendar, at_, word_end());
        at_ = p;
        return true;
    }

    bool parse_weekdays() {
        if (!detail::is_letter(peek())) return true;
        enter(Field::weekday);
        for (;;) {
            const std::size_t start = at_;
            unsigned first = 0;
            if (!parse_weekday(first)) return false;
            unsigned last = first;
            const bool dots = peek() == '.' && peek(1) == '.';
            if (dots || peek() == '-') {
                at_ += dots ? 2 : 1;
                if (!parse_weekday(last)) return false;
                if (first > last) return fail(CronErrorKind::reversed_range, start, at_);
            }
            for (unsigned i = first; i <= last; ++i) {
                out_.weekdays = static_cast<std::uint8_t>(out_.weekdays | 1U << i);
            }
            if (peek() != ',') break;
            ++at_;
            if (at_ == end_ || detail::is_blank(peek())) break;  // "Wed, 17:48"
        }
        if (at_ != end_ && !detail::is_blank(peek())) return bad_word();
        skip_blanks();
        return true;
    }

    void enter(Field field) {
        in_field_ = true;
        field_ = field;
    }

    bool parse_date() {
        if (at_ == end_) return true;
        const std::size_t start = at_;
        CalendarList first;
        enter(Field::day);
        if (!parse_list(first, false)) return false;
        if (at_ == end_ || peek() == ':') {  // that was a time
            at_ = start;
            return true;
        }
        CalendarList second;
        if (!parse_separator() || !parse_list(second, false)) return false;
        if (at_ == end_ || detail::is_blank(peek())) {
            out_.months = first;
            out_.days = second;
            skip_blanks();
            return true;
        }
        if (out_.from_month_end) return bad_word();
        CalendarList third;
        if (!parse_separator() || !parse_list(third, false)) return false;
        if (at_ != end_ && !detail::is_blank(peek())) return bad_word();
        skip_blanks();
        out_.years = first;
        out_.months = second;
        out_.days = third;
        for (CalendarPart& part : out_.years) {
            part.start = full_year(part.start);
            if (part.stop >= 0) part.stop = full_year(part.stop);
        }
        return true;
    }

    /// `-`, or `~` in front of days that count from the month's end.
    bool parse_separator() {
        if (peek() == '~') {
            out_.from_month_end = true;
        } else if (peek() != '-') {
            return bad_word();
        }
        ++at_;
        return true;
    }

    static std::int64_t full_year(std::int64_t year) {
        if (year < 70) return year + 2000;
        return year < 100 ? year + 1900 : year;
    }

    bool parse_time() {
        const CalendarPart zero{};
        if (at_ == end_) {
            return out_.hours.add(zero) && out_.minutes.add(zero) && out_.seconds.add(zero);
        }
        enter(Field::hour);
        if (!parse_list(out_.hours, false)) return false;
        if (peek() != ':') return bad_word();
        ++at_;
        enter(Field::minute);
        if (!parse_list(out_.minutes, false)) return false;
        if (at_ == end_) return out_.seconds.add(zero);
        if (peek() != ':') return bad_word();
        ++at_;
        enter(Field::second);
        if (!parse_list(out_.seconds, true)) return false;
        return at_ == end_ || bad_word();
    }

    bool parse_list(CalendarList& list, bool seconds) {
        if (peek() == '*') {
            ++at_;
            return !seconds || list.add({.start = 0, .stop = -1, .repeat = usec_a_second});
        }
        for (;;) {
            const std::size_t start = at_;
            CalendarPart part;
            if (!parse_number(part.start, seconds)) return false;
            const std::int64_t one = seconds ? usec_a_second : 1;
            if (peek() == '.' && peek(1) == '.') {
                at_ += 2;
                if (!parse_number(part.stop, seconds)) return false;
                part.repeat = one;
                if (part.stop == part.start) part = {part.start, -1, 0};
                if (part.stop >= 0 && part.stop < part.start) {
                    return fail(CronErrorKind::reversed_range, start, at_);
                }
            }
            if (peek() == '/') {
                ++at_;
                if (!parse_number(part.repeat, seconds)) return false;
                if (part.repeat == 0) return fail(CronErrorKind::zero_step, start, at_);
            }
            if (!list.add(part)) return fail(CronErrorKind::bad_calendar, start, at_);
            if (peek() != ',') return true;
            ++at_;
        }
    }

    bool parse_number(std::int64_t& value, bool seconds) {
        const std::size_t start = at_;
        value = 0;
        for (; detail::is_digit(peek()); ++at_) {
            if (value < 100'000'000) value = value * 10 + (text_[at_] - '0');
        }
        if (at_ == start) return bad_word();
        if (!seconds) return true;
        value *= usec_a_second;
        if (peek() == '.' && peek(1) != '.') {
            ++at_;
            std::int64_t weight = usec_a_second / 10;
            if (!detail::is_digit(peek())) return bad_word();
            for (; detail::is_digit(peek()); ++at_, weight /= 10) {
                value += weight * (text_[at_] - '0');
            }
        }
        return true;
    }

    bool check() {
        struct Limits {
            CalendarList* list;
            Field field;
            std::int64_t from;
            std::int64_t to;
        };
        const std::array<Limits, 6> all{{
            {&out_.years, Field::year, 1970, 2199},
            {&out_.months, Field::month, 1, 12},
            {&out_.days, Field::day, 1, out_.from_month_end ? 28 : 31},
            {&out_.hours, Field::hour, 0, 23},
            {&out_.minutes, Field::minute, 0, 59},
            {&out_.seconds, Field::second, 0, 60 * usec_a_second - 1},
        }};
        for (const Limits& limits : all) {
            enter(limits.field);
            const bool backwards = limits.field == Field::day && out_.from_month_end;
            for (const CalendarPart& part : *limits.list) {
                if (!within(part, limits.from, limits.to, backwards)) {
                    return fail(CronErrorKind::out_of_range, 0, text_.size());
                }
            }
            limits.list->normalise();
        }
        return true;
    }

    /// A part lies in its field, and a repetition happens at least once.
    static bool within(const CalendarPart& part, std::int64_t from, std::int64_t to,
                       bool backwards) {
        if (part.start < from || part.start > to || part.repeat > to - from) return false;
        if (part.stop >= 0) {
            return part.stop >= from && part.stop <= to && part.start + part.repeat <= part.stop;
        }
        return backwards ? part.start - part.repeat >= from : part.start + part.repeat <= to;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t end_;
    Calendar& out_;
    CronError& error_;
    Field field_ = Field::weekday;
    bool in_field_ = false;
};

std::uint64_t bits_of(const CalendarList& list, std::uint32_t low, std::uint32_t high,
                      std::int64_t unit = 1) {
    std::uint64_t set = 0;
    if (list.any()) {
        for (std::uint32_t v = low; v <= high; ++v) set |= std::uint64_t{1} << v;
        return set;
    }
    for (const CalendarPart& part : list) {
        const std::int64_t stop = part.stop >= 0     ? part.stop
                                  : part.repeat == 0 ? part.start
                                                     : (high + 1) * unit - 1;
        // Below one unit every whole value is met; and a part without repetition is one value.
        const std::int64_t step = std::max(part.repeat, unit);
        for (std::int64_t v = part.start; v <= stop; v += step) {
            set |= std::uint64_t{1} << (v / unit);
        }
        if (part.repeat != 0 && part.repeat < unit) set |= std::uint64_t{1} << (stop / unit);
    }
    return set;
}

bool repeats(const CalendarList& list, std::int64_t one = 1) {
    if (list.any()) return true;
    return std::any_of(list.begin(), list.end(), [one](const CalendarPart& part) {
        return part.repeat != 0 && !(part.stop >= 0 && part.repeat == one);
    });
}

/// Days that count from the month's end: `~3` is bit 2, `~1..7` bits 0 to 6, `~7/2` 6, 4, 2, 0.
std::uint32_t from_month_end(const CalendarList& days) {
    std::uint32_t set = 0;
    for (const CalendarPart& part : days) {
        const std::int64_t earliest = part.stop >= 0 ? part.stop : part.start;
        const std::int64_t latest = part.stop >= 0 || part.repeat == 0 ? part.start : 1;
        for (std::int64_t n = earliest; n >= latest; n -= std::max<std::int64_t>(part.repeat, 1)) {
            set |= 1U << (n - 1);
        }
    }
    return set;
}

bool fill(const Calendar& calendar, CronExpression& e) {
    e.seconds = bits_of(calendar.seconds, 0, 59, usec_a_second);
    e.minutes = bits_of(calendar.minutes, 0, 59);
    e.hours = static_cast<std::uint32_t>(bits_of(calendar.hours, 0, 23));
    e.months = static_cast<std::uint16_t>(bits_of(calendar.months, 1, 12));
    if (calendar.from_month_end && !calendar.days.any()) {
        e.special.from_last = from_month_end(calendar.days);
    } else {
        e.days = static_cast<std::uint32_t>(bits_of(calendar.days, 1, 31));
    }
    const unsigned monday_first = calendar.weekdays == 0 ? all_weekdays : calendar.weekdays;
    e.weekdays = static_cast<std::uint8_t>((monday_first << 1 | monday_first >> 6) & all_weekdays);
    for (const CalendarPart& part : calendar.years) {
        const auto narrow = [](std::int64_t v) { return static_cast<std::uint16_t>(v); };
        const std::int64_t last = part.stop >= 0 ? part.stop : part.repeat == 0 ? part.start : 2199;
        const std::int64_t step = std::max<std::int64_t>(part.repeat, 1);
        if (!e.years.add({narrow(part.start), narrow(last), narrow(step)})) return false;
    }
    const auto mark = [&e](Field field, bool running, bool star) {
        if (running) e.running.add(field);
        if (star) e.starred.add(field);
    };
    mark(Field::second, repeats(calendar.seconds, usec_a_second), false);
    mark(Field::minute, repeats(calendar.minutes), calendar.minutes.any());
    mark(Field::hour, repeats(calendar.hours), calendar.hours.any());
    mark(Field::day, repeats(calendar.days), calendar.days.any());
    mark(Field::month, repeats(calendar.months), calendar.months.any());
    mark(Field::weekday, calendar.weekdays == 0, calendar.weekdays == 0);
    mark(Field::year, repeats(calendar.years), calendar.years.any());
    return true;
}

std::string digits(std::int64_t value, std::size_t width) {
    std::string text = std::to_string(value);
    return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

std::string written(std::int64_t value, std::size_t width, bool seconds) {
    if (!seconds) return digits(value, width);
    std::string text = digits(value / usec_a_second, width);
    if (value % usec_a_second != 0) text += "." + digits(value % usec_a_second, 6);
    return text;
}

std::string written(const CalendarList& list, std::size_t width, bool seconds = false) {
    if (list.any()) return "*";
    const std::int64_t one = seconds ? usec_a_second : 1;
    if (seconds && list.end() - list.begin() == 1 && *list.begin() == CalendarPart{0, -1, one}) {
        return "*";
    }
    std::string text;
    for (const CalendarPart& part : list) {
        if (!text.empty()) text += ",";
        text += written(part.start, width, seconds);
        if (part.stop >= 0) text += ".." + written(part.stop, width, seconds);
        if (part.repeat != 0 && !(part.stop >= 0 && part.repeat == one)) {
            text += "/" + written(part.repeat, 1, seconds);
        }
    }
    return text;
}

/// "Mon..Thu,Sat,Sun": three or more in a row become a range.
std::string written_weekdays(std::uint8_t weekdays) {
    constexpr std::array<std::string_view, 7> names{"Mon", "Tue", "Wed", "Thu",
                                                    "Fri", "Sat", "Sun"};
    std::string text;
    for (unsigned i = 0; i < 7; ++i) {
        if ((weekdays >> i & 1) == 0) continue;
        unsigned last = i;
        while (last < 6 && (weekdays >> (last + 1) & 1) != 0) ++last;
        if (!text.empty()) text += ",";
        text += names[i];
        if (last >= i + 2) {
            text += "..";
            text += names[last];
            i = last;
        }
    }
    return text;
}

}  // namespace

void CalendarList::normalise() {
    for (CalendarPart& part : *this) {
        if (part.stop > part.start) part.stop -= (part.stop - part.start) % part.repeat;
    }
    std::sort(begin(), end());
    count_ = static_cast<std::size_t>(std::unique(begin(), end()) - begin());
}

bool parse_calendar(std::string_view text, Calendar& out, CronError& error) {
    for (const Word& word : words) {
        if (equal_ignoring_case(text, word.name)) {
            return CalendarParser(word.expansion, out, error).parse();
        }
        // A word may carry a zone: "daily Europe/Zurich".
        if (text.size() > word.name.size() + 1 && detail::is_blank(text[word.name.size()]) &&
            equal_ignoring_case(text.substr(0, word.name.size()), word.name)) {
            if (!CalendarParser(word.expansion, out, error).parse()) return false;
            const std::size_t from = text.find_first_not_of(" \t", word.name.size());
            if (from == std::string_view::npos) return true;
            out.zone = text.substr(from);
            out.zone_at = from;
            if (equal_ignoring_case(out.zone, "UTC")) out.zone = "UTC";
            return true;
        }
    }
    return CalendarParser(text, out, error).parse();
}

bool parse_systemd(std::string_view text, ParsedText& out, CronError& error) {
    Calendar calendar;
    if (!parse_calendar(text, calendar, error)) return false;
    if (!fill(calendar, out.expression)) {
        error = {.kind = CronErrorKind::too_many_years, .in_field = true, .field = Field::year};
        error.length = static_cast<std::uint32_t>(text.size());
        return false;
    }
    out.zone = calendar.zone;
    out.zone_column = static_cast<std::uint32_t>(calendar.zone_at) + 1;
    if (finish(out.expression)) return true;
    error = {.kind = CronErrorKind::never_matches, .in_field = true, .field = Field::day};
    error.length = static_cast<std::uint32_t>(text.size());
    return false;
}

std::optional<std::string> calendar_normal_form(std::string_view text) {
    Calendar calendar;
    CronError error;
    if (!parse_calendar(text, calendar, error)) return std::nullopt;
    std::string out = written_weekdays(calendar.weekdays);
    if (!out.empty()) out += " ";
    out += written(calendar.years, 4) + "-" + written(calendar.months, 2);
    out += calendar.from_month_end ? "~" : "-";
    out += written(calendar.days, 2) + " " + written(calendar.hours, 2) + ":" +
           written(calendar.minutes, 2) + ":" + written(calendar.seconds, 2, true);
    if (!calendar.zone.empty()) {
        out += " ";
        out += calendar.zone;
    }
    return out;
}

}  // namespace quantum::cron
