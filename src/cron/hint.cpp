#include "cron/hint.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "quantum/detail/cron/scanner.hpp"

#include "cron/mutant.hpp"

namespace quantum::cron {

namespace {

std::string hint_for_number(std::string_view what, const Rules& rules, Field field) {
    std::uint32_t number = 0;
    const auto [end, problem] = std::from_chars(what.data(), what.data() + what.size(), number);
    if (problem != std::errc{} || end != what.data() + what.size()) return "";
    if (field == Field::weekday) {
        if (!rules.weekdays_from_one) return "Sunday is 0 or 7, Saturday 6";
        return std::string("Sunday is 1 and Saturday 7 here; names are safer") +
               (number == 0 ? ": did you mean SUN?" : "");
    }
    if (number == 60 && field == Field::minute)
        return "the full hour is minute 0; write * for every minute";
    if (number == 60 && field == Field::second)
        return "the full minute is second 0; write * for every second";
    if (number == 24 && field == Field::hour) return "midnight is 0";
    if (number == 0) return "this field starts at 1";
    if (number >= 1970 && number <= 2199 && field != Field::year) {
        return "this looks like a year: are the fields in order?";
    }
    return "";
}

/// The name or number of the first or last value of a field, in the manner of `like`.
std::string bound_like(std::string_view like, const Rules& rules, Field field, bool last) {
    const bool named = !like.empty() && detail::is_letter(like.front());
    if (named && field == Field::weekday) return last ? "SAT" : "SUN";
    if (named && field == Field::month) return last ? "DEC" : "JAN";
    const Range range = range_of(rules, field);
    if (field == Field::weekday && last && !rules.weekdays_from_one) return "6";
    return std::to_string(last ? range.high : range.low);
}

std::string span_of(const std::string& first, const std::string& last) {
    const bool equal =
        std::equal(first.begin(), first.end(), last.begin(), last.end(),
                   [](char a, char b) { return detail::lower(a) == detail::lower(b); });
    return equal ? first : first + "-" + last;
}

/// 22-2 as two ranges; with Sunday as 7 often as one.
std::string hint_for_reversed(std::string_view what, const Rules& rules, Field field) {
    const auto dash = what.find('-');
    if (dash == std::string_view::npos || what.front() == 'H') return "";
    std::string_view second = what.substr(dash + 1);
    const std::string_view step =
        second.find('/') == std::string_view::npos ? "" : second.substr(second.find('/'));
    second = second.substr(0, second.size() - step.size());
    const std::string first(what.substr(0, dash));
    const std::string last(second);
    const bool sunday =
        last == "0" || (last.size() == 3 && detail::weekday_named(last.data()) == 0);
    if (field == Field::weekday && sunday && !rules.weekdays_from_one &&
        !mutated(CronMutant::reversed_hint_to_sunday)) {
        const std::uint32_t named = first.size() == 3 ? detail::weekday_named(first.data()) : 7;
        const std::string number = named == 7 ? first : std::to_string(named);
        return "did you mean " + number + "-7" + std::string(step) + "?";
    }
    if (field == Field::year) return "did you mean " + last + "-" + first + "?";
    if (!step.empty()) return "";
    if (field == Field::weekday && first == "7" && !rules.weekdays_from_one) {
        return "did you mean 0-" + last + "?";
    }
    return "did you mean " + span_of(first, bound_like(first, rules, field, true)) + "," +
           span_of(bound_like(last, rules, field, false), last) + "?";
}

std::string hint_for_extra(const Rules& rules) {
    switch (rules.dialect) {
        case Dialect::cron:
        case Dialect::kubernetes:
        case Dialect::jenkins:
            return "for leading seconds use the dialect seconds, spring or quartz; for a trailing "
                   "year use the dialect quantum";
        case Dialect::seconds:
        case Dialect::spring:
            return "for a trailing year use the dialect quartz or quantum-extended";
        case Dialect::aws:
            return "there are no seconds here";
        case Dialect::quantum:
            return "for leading seconds use the dialect quantum-extended";
        default:
            return "";
    }
}

std::string hint_for_missing(const Rules& rules, Field field) {
    if (rules.dialect == Dialect::aws && field == Field::year) {
        return "add a year at the end, or * for every year, and make one of day and weekday ?";
    }
    return "";
}

std::string hint_for_interval(std::string_view what) {
    const auto ends_in = [&](std::string_view word) { return what.find(word) != what.npos; };
    const bool number = !what.empty() && std::all_of(what.begin(), what.end(), detail::is_digit);
    const std::string digits(what.substr(0, what.find_first_not_of("0123456789")));
    if (number && what.find_first_not_of('0') != what.npos) {
        return "the unit is missing: " + digits + "s, " + digits + "m or " + digits + "h";
    }
    if (digits.empty()) return "";
    if (ends_in("day") || what == digits + "d") return "a day is 24h";
    if (ends_in("week") || what == digits + "w") return "a week is 168h";
    if (ends_in("min")) return "did you mean " + digits + "m?";
    if (ends_in("hour") || ends_in("hr")) return "did you mean " + digits + "h?";
    if (ends_in("sec")) return "did you mean " + digits + "s?";
    return "";
}

std::string hint_for_rate(std::string_view what) {
    const std::string digits(what.substr(0, what.find_first_not_of("0123456789")));
    if (what.find("sec") != what.npos) return "the smallest unit is a minute";
    if (what.find("week") != what.npos) return "a week is 7 days";
    if (!digits.empty() && digits.size() < what.size() && what[digits.size()] != ' ') {
        return "write the number and the unit as two words";
    }
    for (const std::string_view unit : {" minute", " hour", " day"}) {
        const std::string one = digits + std::string(unit);
        if (what == one) return "did you mean " + one + "s?";
        if (what == one + 's') return "did you mean " + one + '?';
    }
    return "";
}

std::string hint_for_instant(std::string_view what) {
    if (what.find(' ') != what.npos) return "date and time are separated by a T";
    if (what.ends_with('Z') || what.find('+') != what.npos) {
        return "the zone is specified separately";
    }
    if (what.size() == std::string_view("2026-11-22").size()) return "the time is missing";
    return "";
}

std::string hint_for_aws_form(std::string_view text) {
    std::string lowered;
    for (const char c : text) lowered += detail::lower(c);
    for (const std::string_view word : {"cron", "rate", "at"}) {
        if (!lowered.starts_with(word)) continue;
        if (!text.starts_with(word)) return "write " + std::string(word) + " in lowercase";
        if (!text.ends_with(')')) return "the closing parenthesis is missing";
    }
    if (text.front() == '@') return "rate(1 day) is once a day";
    return "put the fields in parentheses: cron(…)";
}

/// True where a text of a dialect with seconds has a field less than it needs.
bool seconds_are_missing(std::string_view text, const Rules& rules) {
    if (rules.first_field != 0 || rules.min_fields == 1) return false;
    unsigned fields = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!detail::is_blank(text[i]) && (i == 0 || detail::is_blank(text[i - 1]))) ++fields;
    }
    return fields == rules.min_fields - 1U;
}

}  // namespace

std::string hint_for(const CronError& error, std::string_view what, std::string_view text,
                     const Rules& rules) {
    std::string whole = hint_for_text(text, rules);
    if (!whole.empty()) return whole;
    if (error.in_field && seconds_are_missing(text, rules)) {
        return "the first field is seconds here: put a 0 in front";
    }
    if (what.empty() && error.kind != CronErrorKind::missing_fields) return "";
    switch (error.kind) {
        case CronErrorKind::empty_item:
            if (!rules.single_blanks || what == ",") return "";
            return "use exactly one space between fields, and none before or after them";
        case CronErrorKind::not_a_value:
        case CronErrorKind::not_in_dialect:
        case CronErrorKind::bad_special:
            return hint_for_item(what, rules, error.field);
        case CronErrorKind::out_of_range:
            if (error.field == Field::weekday && !rules.weekdays_from_one) {
                const std::size_t from = error.column - 1;
                if (text.substr(from + what.size()).starts_with('W')) {
                    return "W belongs in the day field: 15W";
                }
                if (what == "8" && text.substr(0, from).ends_with("7-")) {
                    return "Sunday is 0 or 7, Saturday 6: did you mean 0-1?";
                }
            }
            return hint_for_number(what, rules, error.field);
        case CronErrorKind::reversed_range:
            return hint_for_reversed(what, rules, error.field);
        case CronErrorKind::zero_step:
            return "write * for every value";
        case CronErrorKind::extra_fields:
            return hint_for_extra(rules);
        case CronErrorKind::missing_fields:
            return hint_for_missing(rules, error.field);
        case CronErrorKind::day_rule:
            return hint_for_days(text, rules);
        case CronErrorKind::lone_special:
            return "split it into two schedules";
        case CronErrorKind::unknown_macro:
            return hint_for_macro(what, rules);
        case CronErrorKind::bad_interval:
            return hint_for_interval(what);
        case CronErrorKind::bad_rate:
            return hint_for_rate(what);
        case CronErrorKind::bad_instant:
            return hint_for_instant(what);
        case CronErrorKind::no_aws_form:
            return hint_for_aws_form(text);
        case CronErrorKind::never_matches:
            return hint_for_date(what);
        default:
            return "";
    }
}

}  // namespace quantum::cron
