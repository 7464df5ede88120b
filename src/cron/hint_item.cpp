#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include "quantum/detail/cron/scanner.hpp"

#include "cron/hint.hpp"

namespace quantum::cron {

namespace {

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    return out;
}

std::size_t digits_of(std::string_view what) {
    return std::min(what.find_first_not_of("0123456789"), what.size());
}

std::string did_you_mean(const std::string& text) { return "did you mean " + text + "?"; }

/// "TUES", "january": a name that goes on after its three letters; "MON" in another field.
std::string hint_for_name(std::string_view what, Field field) {
    std::size_t letters = 0;
    while (letters < what.size() && detail::is_letter(what[letters])) ++letters;
    if (letters < 3) return "";
    const bool month = detail::month_named(what.data()) != 0;
    const bool weekday = detail::weekday_named(what.data()) != 7;
    const std::string name = upper(what.substr(0, 3));
    if (letters > 3 && ((field == Field::month && month) || (field == Field::weekday && weekday))) {
        return "names have three letters: " + did_you_mean(name);
    }
    if (letters > 3) return "";
    if (month && field != Field::month) return name + " is a month: are the fields in order?";
    if (weekday && field != Field::weekday) return name + " is a weekday: are the fields in order?";
    return "";
}

/// "9am", "9pm".
std::string hint_for_half_day(std::string_view what, Field field) {
    const std::size_t digits = digits_of(what);
    const std::string word = upper(what.substr(digits));
    if (field != Field::hour || digits == 0 || (word != "AM" && word != "PM")) return "";
    unsigned hour = 0;
    std::from_chars(what.data(), what.data() + digits, hour);
    if (hour < 1 || hour > 12) return "";
    return did_you_mean(std::to_string(hour % 12 + (word == "PM" ? 12 : 0)));
}

/// "/5", "*5", "**/5".
std::string hint_for_star(std::string_view what) {
    const std::size_t digits = what.find_first_not_of("*/");
    if (digits == 0 || digits == what.npos) return "";
    const std::string_view number = what.substr(digits);
    return digits_of(number) == number.size() ? did_you_mean("*/" + std::string(number)) : "";
}

std::string hint_for_nth(std::string_view what, Field field) {
    if (field != Field::weekday) return "# belongs into the weekday field: 5#2";
    if (what.front() == '#') return "the weekday comes first: 5#2";
    return "a month has at most five of any weekday: #1 to #5";
}

std::string hint_for_nearest(std::string_view what, Field field) {
    if (field != Field::day) return "W belongs in the day field: 15W";
    if (what == "WL") return did_you_mean("LW");
    return "W follows one day of the month, 15W, or L";
}

std::string hint_for_last(std::string_view what, const Rules& rules, Field field) {
    const std::string friday = rules.weekdays_from_one ? "6L" : "5L";
    if (field == Field::weekday) {
        if (what.size() == 2 && detail::is_digit(what[1])) {
            return did_you_mean(std::string(1, what[1]) + "L");
        }
        return "the last Friday of a month is " + friday;
    }
    if (field != Field::day) return "L is only for day and weekday";
    if (detail::is_digit(what.front()) && what.ends_with('L')) {
        return "the last Friday of a month is " + friday + " in the weekday field";
    }
    if (!rules.specials.has(Special::last_day_offset)) return "L can only be combined with W here";
    return "L-1 to L-30 count back from the last day of the month";
}

/// True if `what` is made of digits, signs and the letters given, with a letter among them.
bool is_special(std::string_view what, std::string_view letters) {
    return what.find_first_of(letters) != what.npos &&
           what.find_first_not_of("0123456789-/" + std::string(letters)) == what.npos;
}

std::string hint_for_special(std::string_view what, const Rules& rules, Field field) {
    if (has(what, "?")) {
        const bool known =
            rules.specials.has(Special::question) || rules.day_fields == DayFields::one_question;
        return known ? "? must stand alone, and only for day or weekday"
                     : "write * for every value";
    }
    if (has(what, "~")) {
        return rules.dialect == Dialect::cron ? "~ must stand alone or between two values: 0~29"
                                              : "~ belongs to the dialect cron";
    }
    if (what.front() == 'H') {
        return rules.dialect == Dialect::jenkins ? "write H, H(0-29), H/15 or H(0-29)/10"
                                                 : "H belongs to the dialect jenkins; cron has ~";
    }
    const bool nth = has(what, "#");
    const bool nearest = is_special(what, "LW") && has(what, "W");
    if (!nth && !nearest && !is_special(what, "L")) return "";
    if (!rules.specials.has(Special::last_day)) {
        return "L, W and # belong to cron, seconds, spring, quartz, aws and quantum";
    }
    if (nth) return hint_for_nth(what, field);
    return nearest ? hint_for_nearest(what, field) : hint_for_last(what, rules, field);
}

}  // namespace

std::string hint_for_item(std::string_view what, const Rules& rules, Field field) {
    const bool ascii = std::all_of(what.begin(), what.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!ascii) return "only ASCII digits, letters and - are allowed";
    if (has(what, ":")) return "hours and minutes are separate fields, minutes first";
    if (what.find_first_of(";|+") != what.npos)
        return "the values of a list are separated by commas";
    if (has(what, "..")) return "a range is written with -, like 1-5";
    if (has(what, ".")) return "values are whole numbers";
    if (std::string hint = hint_for_star(what); !hint.empty()) return hint;
    if (std::string hint = hint_for_special(what, rules, field); !hint.empty()) return hint;
    if (std::string hint = hint_for_half_day(what, field); !hint.empty()) return hint;
    if (std::string hint = hint_for_name(what, field); !hint.empty()) return hint;
    const bool small =
        is_special(what, "lw") || what == "h" || what.starts_with("h/") || what.starts_with("h(");
    return small ? "write " + upper(what) + " in uppercase" : "";
}

}  // namespace quantum::cron
