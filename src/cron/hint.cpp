#include "cron/hint.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "quantum/cron/scanner.hpp"

namespace quantum::cron {

namespace {

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    return out;
}

/// "TUES", "january": a name that goes on after its three letters.
std::string hint_for_name(std::string_view what, Field field) {
    std::size_t letters = 0;
    while (letters < what.size() && detail::is_letter(what[letters])) ++letters;
    if (letters < 3) return "";
    const bool month = detail::month_named(what.data()) != 0;
    const bool weekday = detail::weekday_named(what.data()) != 7;
    const std::string name = upper(what.substr(0, 3));
    if (letters > 3 && ((field == Field::month && month) || (field == Field::weekday && weekday))) {
        return "names have three letters: did you mean " + name + "?";
    }
    if (letters == 3 && month) return name + " is a month: are the fields in order?";
    if (letters == 3 && weekday) return name + " is a weekday: are the fields in order?";
    return "";
}

std::string hint_for_text(std::string_view what, Field field) {
    const bool ascii = std::all_of(what.begin(), what.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!ascii) return "only plain ASCII digits, letters and - are read";
    if (what.front() == '?') return "write * for every value";
    if (what.find(':') != std::string_view::npos) {
        return "hours and minutes are fields of their own, minutes first";
    }
    return hint_for_name(what, field);
}

std::string hint_for_number(std::string_view what, const Rules& rules, Field field) {
    std::uint32_t number = 0;
    const auto [end, problem] = std::from_chars(what.data(), what.data() + what.size(), number);
    if (problem != std::errc{} || end != what.data() + what.size()) return "";
    if (field == Field::weekday) {
        return rules.weekdays_from_one ? "Sunday is 1 and Saturday 7 here; names are safer"
                                       : "Sunday is 0 or 7, Saturday 6";
    }
    if (number == 60 && (field == Field::minute || field == Field::second)) {
        return "the full hour is 0; for every minute write *";
    }
    if (number == 24 && field == Field::hour) return "midnight is 0";
    if (number == 0) return "this field starts at 1";
    if (number >= 1970 && number <= 2199) {
        return "this looks like a year: are the fields in order?";
    }
    return "";
}

/// 22-2 as two ranges; with Sunday as 7 often as one.
std::string hint_for_reversed(std::string_view what, const Rules& rules, Field field) {
    const auto dash = what.find('-');
    if (dash == std::string_view::npos) return "";
    std::string_view second = what.substr(dash + 1);
    const std::string_view step =
        second.find('/') == std::string_view::npos ? "" : second.substr(second.find('/'));
    second = second.substr(0, second.size() - step.size());
    const std::string first(what.substr(0, dash));
    const bool sunday = second == "0" || upper(second) == "SUN";
    if (field == Field::weekday && sunday && !rules.weekdays_from_one) {
        const std::uint32_t named = first.size() == 3 ? detail::weekday_named(first.data()) : 7;
        const std::string number = named == 7 ? first : std::to_string(named);
        return "did you mean " + number + "-7" + std::string(step) + "?";
    }
    if (!step.empty()) return "";
    const Range range = range_of(rules, field);
    const std::string high = field == Field::weekday ? "6" : std::to_string(range.high);
    return "did you mean " + first + "-" + high + "," + std::to_string(range.low) + "-" +
           std::string(second) + "?";
}

std::string hint_for_extra(const Rules& rules) {
    switch (rules.dialect) {
        case Dialect::cron:
        case Dialect::kubernetes:
        case Dialect::jenkins:
            return "for seconds in front name the dialect seconds, spring or quartz; for a year at "
                   "the end the dialect quantum";
        case Dialect::seconds:
        case Dialect::spring:
            return "for a year at the end name the dialect quartz or quantum-extended";
        default:
            return "";
    }
}

std::string hint_for_missing(const Rules& rules, Field field) {
    if (rules.dialect == Dialect::aws && field == Field::year) {
        return "end with a year, * for every one, and make one of day and weekday ?";
    }
    if (rules.first_field == 0 && field == Field::weekday) {
        return "the first field is the seconds here: put a 0 in front";
    }
    return "";
}

std::string hint_for_special(std::string_view what, Dialect dialect) {
    const char first = what.front();
    if (first == '?') return "write * for every value";
    if (first == 'H' && dialect != Dialect::jenkins) {
        return "H belongs to the dialect jenkins; cron has ~";
    }
    if (what.find('~') != std::string_view::npos) return "~ belongs to the dialect cron";
    return "";
}

std::string hint_for_macro(std::string_view what) {
    std::string lowered;
    for (const char c : what) lowered += detail::lower(c);
    constexpr std::string_view known[] = {"@yearly",   "@annually", "@monthly", "@weekly", "@daily",
                                          "@midnight", "@hourly",   "@reboot",  "@every"};
    for (const std::string_view name : known) {
        if (lowered == name && what != name) return "did you mean " + std::string(name) + "?";
        if (what.size() > name.size() && what.starts_with(name) && what[name.size()] == ' ') {
            return "nothing may follow " + std::string(name);
        }
    }
    return "";
}

}  // namespace

std::string hint_for(const CronError& error, std::string_view what, const Rules& rules) {
    if (what.empty() && error.kind != CronErrorKind::missing_fields) return "";
    switch (error.kind) {
        case CronErrorKind::not_a_value:
            return hint_for_text(what, error.field);
        case CronErrorKind::out_of_range:
            return hint_for_number(what, rules, error.field);
        case CronErrorKind::reversed_range:
            return hint_for_reversed(what, rules, error.field);
        case CronErrorKind::zero_step:
            return "for every value write *";
        case CronErrorKind::extra_fields:
            return hint_for_extra(rules);
        case CronErrorKind::missing_fields:
            return hint_for_missing(rules, error.field);
        case CronErrorKind::not_in_dialect:
            return hint_for_special(what, rules.dialect);
        case CronErrorKind::unknown_macro:
            return hint_for_macro(what);
        default:
            return "";
    }
}

}  // namespace quantum::cron
