#include "verify/reference_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace quantum::verify {

namespace {

// Thrown inside this file only: a text this reader does not know is an answer, not a failure.
struct Unreadable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// How the dialects differ where fields are concerned.
struct Manners {
    bool elixir = false;  // divisible steps, wrapped ranges, both day fields must agree
    bool question_mark = false;
    bool sunday_ends_week = false;  // cronie's fri-sun
    bool robfig_days = false;       // the day rule looks for a plain star anywhere in the list
};

enum class Field { second, minute, hour, day, month, weekday, year };

struct FieldShape {
    Field field;
    const char* name;
    int low;
    int high;
};

constexpr FieldShape second_shape{Field::second, "second", 0, 59};
constexpr FieldShape minute_shape{Field::minute, "minute", 0, 59};
constexpr FieldShape hour_shape{Field::hour, "hour", 0, 23};
constexpr FieldShape day_shape{Field::day, "day", 1, 31};
constexpr FieldShape month_shape{Field::month, "month", 1, 12};
constexpr FieldShape weekday_shape{Field::weekday, "weekday", 0, 7};
constexpr FieldShape year_shape{Field::year, "year", 0, 9999};

constexpr std::array<const char*, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                  "jul", "aug", "sep", "oct", "nov", "dec"};
// In the order of cctz, Monday first, and numbered as here: 1 is Monday, 7 is Sunday.
constexpr std::array<const char*, 7> weekday_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::string part;
    std::istringstream in(text);
    while (std::getline(in, part, separator)) parts.push_back(part);
    if (text.empty() || text.back() == separator) parts.emplace_back();
    return parts;
}

std::vector<std::string> words(std::string_view text) {
    std::istringstream in{std::string(text)};
    std::vector<std::string> result;
    for (std::string word; in >> word;) result.push_back(word);
    return result;
}

[[noreturn]] void refuse(const FieldShape& shape, const std::string& item) {
    throw Unreadable(std::string(shape.name) + " field: the reference engine does not read '" +
                     item + "'");
}

bool all_digits(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](unsigned char c) { return std::isdigit(c) != 0; });
}

int plain_number(const FieldShape& shape, const std::string& text) {
    if (!all_digits(text) || text.size() > 6) refuse(shape, text);
    return std::atoi(text.c_str());
}

// The value of one atom: a number, a name, or the dialect's L.
int atom(const FieldShape& shape, const std::string& written, const Manners& manners) {
    const std::string text = lower(written);
    if (shape.field == Field::month) {
        for (std::size_t i = 0; i < month_names.size(); ++i) {
            if (text == month_names.at(i)) return static_cast<int>(i) + 1;
        }
        if (manners.elixir && written == "L") return 12;
    }
    if (shape.field == Field::weekday) {
        for (std::size_t i = 0; i < weekday_names.size(); ++i) {
            if (text != weekday_names.at(i)) continue;
            const int number = static_cast<int>(i) + 1;
            return number == 7 && !manners.elixir ? 0 : number;
        }
        if (manners.elixir && written == "L") return 7;
    }
    const int value = plain_number(shape, manners.elixir && text[0] == '+' ? text.substr(1) : text);
    if (value < shape.low || value > shape.high) refuse(shape, written);
    return value;
}

// One element of a list, taken apart but not yet understood.
struct Element {
    std::string written;
    bool star = false;
    bool question = false;
    std::string from;  // without a star
    std::string to;    // empty: one value
    int step = 0;      // 0: none

    [[nodiscard]] bool running() const { return star || question || step != 0; }
};

Element take_apart(const FieldShape& shape, const std::string& written, const Manners& manners) {
    Element element;
    element.written = written;
    std::string range = written;
    if (const auto slash = written.find('/'); slash != std::string::npos) {
        range = written.substr(0, slash);
        std::string step = written.substr(slash + 1);
        if (manners.elixir && !step.empty() && (step[0] == '-' || step[0] == '+')) step.erase(0, 1);
        element.step = plain_number(shape, step);
        if (element.step == 0) refuse(shape, written);
    }
    if (range == "*") {
        element.star = true;
    } else if (range == "?" && manners.question_mark) {
        element.question = true;
    } else if (const auto dash = range.find('-'); dash != std::string::npos) {
        element.from = range.substr(0, dash);
        element.to = range.substr(dash + 1);
        if (element.from.empty() || element.to.empty()) refuse(shape, written);
    } else {
        if (range.empty()) refuse(shape, written);
        element.from = range;
    }
    return element;
}

// Vixie's arithmetic: count from the start of the range.
std::vector<int> counted_values(const FieldShape& shape, const Element& element,
                                const Manners& manners) {
    int from = shape.low;
    int to = shape.high;
    if (!element.star && !element.question) {
        from = atom(shape, element.from, manners);
        if (!element.to.empty()) {
            to = atom(shape, element.to, manners);
            const bool weekday = shape.field == Field::weekday;
            if (manners.sunday_ends_week && weekday && to == 0 && from > 0) to = 7;
        } else if (element.step == 0) {
            to = from;
        }
    }
    if (to < from) refuse(shape, element.written);
    std::vector<int> values;
    for (int value = from; value <= to; value += std::max(element.step, 1)) values.push_back(value);
    return values;
}

// The arithmetic of crontab for Elixir: go through the values of the (possibly wrapped) range and
// keep those whose distance to the start, by plain subtraction, the step divides. A star starts at
// zero. With a step, Sunday is 7 only.
std::vector<int> divided_values(const FieldShape& shape, const Element& element,
                                const Manners& manners) {
    const bool weekday = shape.field == Field::weekday;
    int low = shape.low;
    if (weekday && element.step != 0) low = 1;
    int from = low;
    int to = shape.high;
    int base = 0;
    if (!element.star) {
        from = base = atom(shape, element.from, manners);
        if (!element.to.empty()) {
            to = atom(shape, element.to, manners);
        } else if (element.step == 0) {
            to = from;
        }
    }
    std::vector<int> values;
    const bool wrapped = to < from;
    for (int value = low; value <= shape.high; ++value) {
        const bool inside = wrapped ? value >= from || value <= to : value >= from && value <= to;
        if (!inside) continue;
        if (element.step != 0 && (value - base) % element.step != 0) continue;
        values.push_back(value);
    }
    return values;
}

std::vector<int> values_of(const FieldShape& shape, const Element& element,
                           const Manners& manners) {
    return manners.elixir ? divided_values(shape, element, manners)
                          : counted_values(shape, element, manners);
}

int last_day(cctz::civil_day day) {
    return (cctz::civil_day(cctz::civil_month(day) + 1) - 1).day();
}

bool is_weekend(cctz::civil_day day) {
    const auto weekday = cctz::get_weekday(day);
    return weekday == cctz::weekday::saturday || weekday == cctz::weekday::sunday;
}

// 1 is Monday, 7 is Sunday.
int weekday_number(cctz::civil_day day) { return static_cast<int>(cctz::get_weekday(day)) + 1; }

// The weekday of the same month that lies nearest to `day`.
cctz::civil_day nearest_weekday(cctz::civil_day day) {
    if (!is_weekend(day)) return day;
    for (const int distance : {-1, 1, -2, 2}) {
        const cctz::civil_day other = day + distance;
        if (other.month() == day.month() && !is_weekend(other)) return other;
    }
    return day;
}

cctz::civil_day day_in_month_of(cctz::civil_day day, int number) {
    return cctz::civil_day(day.year(), day.month(), number);
}

std::optional<DayQuestion> special_day(const std::string& written, const Manners& manners) {
    if (written == "L") {
        return [](cctz::civil_day day) { return day.day() == last_day(day); };
    }
    const auto last_weekday = [](cctz::civil_day day) {
        cctz::civil_day last = day_in_month_of(day, last_day(day));
        while (is_weekend(last)) last = last - 1;
        return last;
    };
    if (written == "LW" || written == "WL") {
        return [last_weekday](cctz::civil_day day) { return day == last_weekday(day); };
    }
    if (written.rfind("L-", 0) == 0 && !manners.elixir) {
        const int before = plain_number(day_shape, written.substr(2));
        return [before](cctz::civil_day day) { return day.day() == last_day(day) - before; };
    }
    if (written.size() > 1 && written.back() == 'W') {
        const int number = atom(day_shape, written.substr(0, written.size() - 1), manners);
        const bool clamps = manners.elixir;
        return [number, clamps, last_weekday](cctz::civil_day day) {
            if (number > last_day(day)) return clamps && day == last_weekday(day);
            return day == nearest_weekday(day_in_month_of(day, number));
        };
    }
    return std::nullopt;
}

std::optional<DayQuestion> special_weekday(const std::string& written, const Manners& manners) {
    const auto sunday_is_seven = [](int number) { return number == 0 ? 7 : number; };
    if (written.size() > 1 && written.back() == 'L') {
        const int number =
            sunday_is_seven(atom(weekday_shape, written.substr(0, written.size() - 1), manners));
        return [number](cctz::civil_day day) {
            return weekday_number(day) == number && day.day() + 7 > last_day(day);
        };
    }
    if (const auto hash = written.find('#'); hash != std::string::npos) {
        const int number = sunday_is_seven(atom(weekday_shape, written.substr(0, hash), manners));
        const int week = plain_number(weekday_shape, written.substr(hash + 1));
        if (week < 1 || week > 5) refuse(weekday_shape, written);
        return [number, week](cctz::civil_day day) {
            return weekday_number(day) == number && (day.day() - 1) / 7 + 1 == week;
        };
    }
    return std::nullopt;
}

// What is worth knowing of a field besides its values.
struct FieldFacts {
    bool running = false;
    bool begins_with_star = false;
    bool plain_star = false;  // a star without a step, anywhere in the list
};

FieldFacts facts_of(const FieldShape& shape, const std::string& field, const Manners& manners) {
    FieldFacts facts;
    facts.begins_with_star = field.rfind('*', 0) == 0 || field.rfind('?', 0) == 0;
    for (const std::string& written : split(field, ',')) {
        if (written.find_first_of("LW#") != std::string::npos) continue;
        const Element element = take_apart(shape, written, manners);
        facts.running = facts.running || element.running();
        facts.plain_star =
            facts.plain_star || ((element.star || element.question) && element.step <= 1);
    }
    return facts;
}

void fill(std::vector<bool>& table, const FieldShape& shape, const std::string& field,
          const Manners& manners) {
    for (const std::string& written : split(field, ',')) {
        for (const int value : values_of(shape, take_apart(shape, written, manners), manners)) {
            table.at(static_cast<std::size_t>(value)) = true;
        }
    }
}

std::vector<DayQuestion> day_questions(const std::string& field, const Manners& manners) {
    std::vector<DayQuestion> questions;
    for (const std::string& written : split(field, ',')) {
        if (auto special = special_day(written, manners)) {
            questions.push_back(*special);
            continue;
        }
        const auto values = values_of(day_shape, take_apart(day_shape, written, manners), manners);
        questions.emplace_back([values](cctz::civil_day day) {
            return std::find(values.begin(), values.end(), day.day()) != values.end();
        });
    }
    return questions;
}

std::vector<DayQuestion> weekday_questions(const std::string& field, const Manners& manners) {
    std::vector<DayQuestion> questions;
    for (const std::string& written : split(field, ',')) {
        if (auto special = special_weekday(written, manners)) {
            questions.push_back(*special);
            continue;
        }
        const auto values =
            values_of(weekday_shape, take_apart(weekday_shape, written, manners), manners);
        questions.emplace_back([values](cctz::civil_day day) {
            return std::any_of(values.begin(), values.end(), [day](int value) {
                return (value == 0 ? 7 : value) == weekday_number(day);
            });
        });
    }
    return questions;
}

std::function<bool(cctz::year_t)> year_question(const std::string& field, const Manners& manners) {
    std::vector<bool> table(static_cast<std::size_t>(year_shape.high) + 1);
    bool any = false;
    for (const std::string& written : split(field, ',')) any = any || written == "*";
    if (any) return [](cctz::year_t) { return true; };
    fill(table, year_shape, field, manners);
    return [table](cctz::year_t year) {
        return year >= 0 && static_cast<std::size_t>(year) < table.size() &&
               table[static_cast<std::size_t>(year)];
    };
}

bool any_of_questions(const std::vector<DayQuestion>& questions, cctz::civil_day day) {
    return std::any_of(questions.begin(), questions.end(),
                       [day](const DayQuestion& question) { return question(day); });
}

// Four years have every date on some weekday that matters here.
bool is_every_day(const std::vector<DayQuestion>& questions) {
    for (cctz::civil_day day(2000, 1, 1); day.year() < 2004; ++day) {
        if (!any_of_questions(questions, day)) return false;
    }
    return true;
}

// A star that leaves nothing out: there is only one field to be asked.
bool has_open_day(const ReferenceRule& rule) {
    return (rule.starred_day && is_every_day(rule.days_of_month)) ||
           (rule.starred_weekday && is_every_day(rule.days_of_week));
}

// Second, minute, hour, day, month, weekday, year.
ReferenceRule rule_of(const std::array<std::string, 7>& fields, const Manners& manners) {
    ReferenceRule rule;
    fill(rule.seconds, second_shape, fields[0], manners);
    fill(rule.minutes, minute_shape, fields[1], manners);
    fill(rule.hours, hour_shape, fields[2], manners);
    fill(rule.months, month_shape, fields[4], manners);
    rule.days_of_month = day_questions(fields[3], manners);
    rule.days_of_week = weekday_questions(fields[5], manners);
    rule.year = year_question(fields[6], manners);
    rule.hour_running = facts_of(hour_shape, fields[2], manners).running;
    rule.below_hour_running = facts_of(second_shape, fields[0], manners).running ||
                              facts_of(minute_shape, fields[1], manners).running;
    const FieldFacts day = facts_of(day_shape, fields[3], manners);
    const FieldFacts weekday = facts_of(weekday_shape, fields[5], manners);
    if (manners.elixir) {
        rule.either_day = false;
    } else if (manners.robfig_days) {
        rule.either_day = !day.plain_star && !weekday.plain_star;
    } else {
        rule.either_day = !day.begins_with_star && !weekday.begins_with_star;
    }
    rule.starred_day = day.begins_with_star;
    rule.starred_weekday = weekday.begins_with_star;
    return rule;
}

// "1h30m", "90s", "1.5h": numbers and units one after another.
Duration read_duration(const std::string& text) {
    struct Unit {
        const char* name;
        double microseconds;
    };
    static constexpr std::array<Unit, 8> units{{{"ns", 1e-3},
                                                {"us", 1},
                                                {"\xc2\xb5s", 1},
                                                {"ms", 1e3},
                                                {"s", 1e6},
                                                {"m", 6e7},
                                                {"h", 3.6e9},
                                                {"\xce\xbcs", 1}}};
    double total = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto number_end = text.find_first_not_of("0123456789.", at);
        if (number_end == at || number_end == std::string::npos) break;
        const double number = std::atof(text.substr(at, number_end - at).c_str());
        auto unit_end = text.find_first_of("0123456789.", number_end);
        if (unit_end == std::string::npos) unit_end = text.size();
        const std::string name = text.substr(number_end, unit_end - number_end);
        const auto unit = std::find_if(units.begin(), units.end(),
                                       [&](const Unit& known) { return name == known.name; });
        if (unit == units.end()) break;
        total += number * unit->microseconds;
        at = unit_end;
    }
    if (at != text.size() || text.empty() || total <= 0) {
        throw Unreadable("the reference engine does not read the interval '" + text + "'");
    }
    // Whole seconds, at least one.
    const auto whole = static_cast<std::chrono::seconds::rep>(total / 1e6 + 1e-9);
    return std::chrono::seconds(std::max<std::chrono::seconds::rep>(whole, 1));
}

std::optional<std::array<std::string, 7>> macro(const std::string& name, bool elixir) {
    const auto at = [](const char* minute, const char* hour, const char* day, const char* month,
                       const char* weekday) {
        return std::array<std::string, 7>{"0", minute, hour, day, month, weekday, "*"};
    };
    if (name == "@yearly" || name == "@annually") return at("0", "0", "1", "1", "*");
    if (name == "@monthly") return at("0", "0", "1", "*", "*");
    if (name == "@weekly") return at("0", "0", "*", "*", "0");
    if (name == "@daily" || name == "@midnight") return at("0", "0", "*", "*", "*");
    if (name == "@hourly") return at("0", "*", "*", "*", "*");
    if (elixir && name == "@minutely") return at("*", "*", "*", "*", "*");
    if (elixir && name == "@secondly") {
        return std::array<std::string, 7>{"*", "*", "*", "*", "*", "*", "*"};
    }
    return std::nullopt;
}

ReferenceRule read_special(const std::vector<std::string>& parts, bool elixir) {
    const std::string name = lower(parts[0]);
    if (name == "@reboot" && parts.size() == 1) {
        ReferenceRule rule;
        rule.reboot = true;
        return rule;
    }
    if (name == "@every" && parts.size() == 2) {
        ReferenceRule rule;
        rule.every = read_duration(parts[1]);
        return rule;
    }
    const auto fields = macro(name, elixir);
    if (!fields || parts.size() != 1) {
        throw Unreadable("the reference engine does not know '" + parts[0] + "'");
    }
    // Spelled out by numbers and stars that every dialect reads alike.
    return rule_of(*fields, Manners{});
}

std::array<std::string, 7> spread(const std::vector<std::string>& parts, std::size_t first,
                                  std::size_t fewest, std::size_t most) {
    if (parts.size() < fewest || parts.size() > most) {
        throw Unreadable("the reference engine expects " + std::to_string(fewest) + " to " +
                         std::to_string(most) + " fields, not " + std::to_string(parts.size()));
    }
    std::array<std::string, 7> fields;
    fields.fill("*");
    if (first == 1) fields[0] = "0";
    for (std::size_t i = 0; i < parts.size(); ++i) fields.at(first + i) = parts[i];
    return fields;
}

ReferenceRule read(std::string_view text, Dialect dialect, std::optional<DayRule> days) {
    std::vector<std::string> parts = words(text);
    std::string zone;
    const bool robfig = dialect == Dialect::kubernetes || dialect == Dialect::seconds;
    if (robfig && !parts.empty()) {
        for (const std::string prefix : {"CRON_TZ=", "TZ="}) {
            if (parts[0].rfind(prefix, 0) != 0) continue;
            zone = parts[0].substr(prefix.size());
            parts.erase(parts.begin());
            break;
        }
    }
    if (parts.empty()) throw Unreadable("the text is empty");
    const bool elixir = dialect == Dialect::quantum || dialect == Dialect::quantum_extended;
    ReferenceRule rule;
    if (parts[0][0] == '@') {
        rule = read_special(parts, elixir);
    } else {
        switch (dialect) {
            case Dialect::cron:
                // A dash in front tells cronie not to log, and nothing else.
                if (parts[0].size() > 1 && parts[0][0] == '-') parts[0].erase(0, 1);
                rule = rule_of(spread(parts, 1, 5, 5), Manners{.sunday_ends_week = true});
                break;
            case Dialect::kubernetes:
                rule = rule_of(spread(parts, 1, 5, 5),
                               Manners{.question_mark = true, .robfig_days = true});
                break;
            case Dialect::seconds:
                rule = rule_of(spread(parts, 0, 6, 6),
                               Manners{.question_mark = true, .robfig_days = true});
                break;
            case Dialect::quantum:
                rule = rule_of(spread(parts, 1, 1, 6), Manners{.elixir = true});
                break;
            case Dialect::quantum_extended:
                rule = rule_of(spread(parts, 0, 1, 7), Manners{.elixir = true});
                break;
            default:
                throw Unreadable("the reference engine does not know this dialect");
        }
    }
    if (days && !has_open_day(rule)) rule.either_day = *days == DayRule::either;
    rule.zone = zone;
    return rule;
}

}  // namespace

bool ReferenceRule::matches_day(cctz::civil_day day) const {
    if (!year(day.year()) || !months[static_cast<std::size_t>(day.month())]) return false;
    const bool of_month = any_of_questions(days_of_month, day);
    const bool of_week = any_of_questions(days_of_week, day);
    return either_day ? of_month || of_week : of_month && of_week;
}

ReferenceText read_reference(std::string_view text, Dialect dialect, std::optional<DayRule> days) {
    try {
        return {read(text, dialect, days), {}};
    } catch (const Unreadable& unreadable) {
        return {{}, unreadable.what()};
    }
}

}  // namespace quantum::verify
