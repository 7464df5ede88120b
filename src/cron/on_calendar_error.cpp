#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "quantum/detail/cron/scanner.hpp"

#include "cron/on_calendar.hpp"
#include "cron/quoted.hpp"

namespace quantum::cron {

namespace {

std::string allowed(Field field, bool from_month_end) {
    switch (field) {
        case Field::second:
            return "0 to 59, optionally with a fraction";
        case Field::minute:
            return "0 to 59";
        case Field::hour:
            return "0 to 23";
        case Field::day:
            return from_month_end ? "1 (the last day of the month) to 28 after '~'" : "1 to 31";
        case Field::month:
            return "1 to 12";
        case Field::weekday:
            return "Mon to Sun, lists like Mon,Fri and ranges like Mon..Fri";
        case Field::year:
            return "1970 to 2199; 00 to 69 mean 20xx, 70 to 99 mean 19xx";
    }
    return "";
}

std::string forms(Field field, bool from_month_end) {
    if (field == Field::weekday) return allowed(field, false);
    return "numbers from " + allowed(field, from_month_end) +
           "; also *, lists a,b, ranges a..b and repetitions a/n";
}

/// 2026-11-22T08:00.
bool has_letter_t_in_time(std::string_view text) {
    for (std::size_t at = text.find('T'); at != text.npos; at = text.find('T', at + 1)) {
        const bool between_digits = at > 0 && at + 1 < text.size() &&
                                    detail::is_digit(text[at - 1]) &&
                                    detail::is_digit(text[at + 1]);
        if (between_digits) return true;
    }
    return false;
}

/// 0 9 * * *: four blanks or more, and none of the signs of a calendar.
bool looks_like_cron(std::string_view text) {
    return std::count(text.begin(), text.end(), ' ') >= 4 && text.find(':') == text.npos;
}

/// "Tues": the three letters a longer word begins with.
std::string weekday_meant(std::string_view word) {
    if (word.size() < 4 || detail::weekday_named(word.data()) == 7) return "";
    if (word.find_first_of(".,- ") != word.npos) return "";
    return std::string(word.substr(0, 3));
}

/// What a person may have meant by a word that systemd does not know.
std::string hint_for(std::string_view word, std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> slips{{
        {"*/", "; a repetition needs a start: write 0/n, not */n"},
        {"@", "; write the word without '@': daily, weekly; '@' takes seconds since 1970"},
        {"secondly", "; every second is *:*:*"},
    }};
    if (looks_like_cron(text)) return "; this looks like the dialect cron";
    if (has_letter_t_in_time(text)) return "; write a space between date and time, not 'T'";
    for (const auto& [slip, hint] : slips) {
        if (word.find(slip) != word.npos) return std::string(hint);
    }
    if (word.ends_with('Z')) return "; write a space and UTC, not 'Z'";
    if (word.find('+') != word.npos)
        return "; a zone is a name such as Europe/Zurich, not an offset";
    if (word.starts_with('-') && word.find(':') != word.npos) {
        return "; write a range of hours as 9..17:00";
    }
    const bool number = !word.empty() && std::all_of(word.begin(), word.end(), detail::is_digit);
    if (number) return "; write a time as 07:00";
    const std::string_view inner = word.substr(std::min(word.find_first_not_of(' '), word.size()));
    if (inner.size() >= 3 && inner.size() < word.size() &&
        detail::weekday_named(inner.data()) != 7) {
        return "; the weekday comes first";
    }
    if (const std::string day = weekday_meant(word); !day.empty()) {
        return "; did you mean " + day + "?";
    }
    return "";
}

/// Fri..Mon as two ranges.
std::string two_ranges(std::string_view what, Field field) {
    const std::size_t dots = what.find("..");
    if (field != Field::weekday || dots == what.npos) return "; write two ranges";
    const std::string first(what.substr(0, dots));
    const std::string last(what.substr(dots + 2));
    const auto is = [](std::string_view word, std::string_view day) {
        return word.size() >= 3 && std::equal(day.begin(), day.end(), word.begin(),
                                              [](char a, char b) { return a == detail::lower(b); });
    };
    return "; did you mean " + (is(first, "sun") ? first : first + "..Sun") + "," +
           (is(last, "mon") ? last : "Mon.." + last) + "?";
}

}  // namespace

std::string explain_on_calendar(const CronError& error, std::string_view text) {
    const std::size_t from = std::min<std::size_t>(error.column - 1, text.size());
    const std::string_view what = text.substr(from, error.length);
    const std::string field(to_string(error.field));
    const std::size_t word_from = text.substr(0, from).find_last_of(' ') + 1;
    const bool from_month_end =
        error.field == Field::day &&
        text.substr(word_from, from - word_from).find('~') != std::string_view::npos;

    switch (error.kind) {
        case CronErrorKind::empty_text:
            return "the expression is empty; dialect systemd expects an OnCalendar expression, "
                   "such "
                   "as daily or Mon..Fri 08:30";
        case CronErrorKind::empty_item:
            return "a value is missing; " + field + " takes " + forms(error.field, from_month_end);
        case CronErrorKind::not_a_value:
            return quoted(what) + " is not a valid " + field + "; allowed are " +
                   forms(error.field, from_month_end) + hint_for(what, text);
        case CronErrorKind::out_of_range:
            return quoted(what) + " is out of range; " + field + " takes " +
                   allowed(error.field, from_month_end) +
                   (error.field == Field::hour && what == "24" ? "; midnight is 0" : "");
        case CronErrorKind::reversed_range:
            return quoted(what) + " runs backwards; OnCalendar does not wrap around" +
                   two_ranges(what, error.field);
        case CronErrorKind::zero_step:
            return "a repetition of 0 is not allowed; it starts at 1";
        case CronErrorKind::bad_step:
            if (what.find('/') == std::string_view::npos) {
                return quoted(what) + " is shorter than a second; give the step, as in 1..1.5/0.1";
            }
            return quoted(what) +
                   " is not a valid repetition; write a start, '/' and a number, like 0/15";
        case CronErrorKind::step_too_large:
            return quoted(what) + " never repeats within the field; " + field + " takes " +
                   allowed(error.field, from_month_end);
        case CronErrorKind::extra_fields:
            return "the list is too long; a field takes at most 241 items";
        case CronErrorKind::too_many_years:
            return quoted(what) + " lists too many years; use ranges with steps";
        case CronErrorKind::never_matches:
            return quoted(what) + " never occurs: no allowed year has such a date";
        default:
            break;
    }
    return quoted(what) +
           " is not part of an OnCalendar expression, such as Mon..Fri *-*-01,15 08:30:00 "
           "Europe/Zurich" +
           hint_for(what, text);
}

}  // namespace quantum::cron
