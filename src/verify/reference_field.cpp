#include "verify/reference_field.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <utility>

#include "verify/reference_values.hpp"

namespace quantum::verify {

namespace {

using namespace reference;

int last_day(cctz::civil_day day) {
    return (cctz::civil_day(cctz::civil_month(day) + 1) - 1).day();
}

bool is_weekend(cctz::civil_day day) {
    const auto weekday = cctz::get_weekday(day);
    return weekday == cctz::weekday::saturday || weekday == cctz::weekday::sunday;
}

// 1 is Monday, 7 is Sunday.
int weekday_number(cctz::civil_day day) { return static_cast<int>(cctz::get_weekday(day)) + 1; }

// The weekday of the same month that lies nearest to `day`. Spring looks at the day before a
// Saturday and after a Sunday, and only on the first of a month further.
cctz::civil_day nearest_weekday(cctz::civil_day day, const DialectTraits& traits) {
    if (!is_weekend(day)) return day;
    if (traits.monday_first && weekday_number(day) == 7) return day + 1;
    for (const int distance : {-1, 1, -2, 2}) {
        const cctz::civil_day other = day + distance;
        if (other.month() == day.month() && !is_weekend(other)) return other;
    }
    return day;
}

cctz::civil_day day_in_month_of(cctz::civil_day day, int number) {
    return cctz::civil_day(day.year(), day.month(), number);
}

cctz::civil_day last_weekday_of(cctz::civil_day day) {
    cctz::civil_day last = day_in_month_of(day, last_day(day));
    while (is_weekend(last)) last = last - 1;
    return last;
}

std::optional<DayPredicate> special_day(const std::string& as_written,
                                        const DialectTraits& traits) {
    const FieldShape shape = shape_of(Field::day, traits);
    std::string written = as_written;
    if (traits.any_case) {
        for (char& c : written) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    if (written == "L") {
        return [](cctz::civil_day day) { return day.day() == last_day(day); };
    }
    if (written == "LW" || written == "WL") {
        return [](cctz::civil_day day) { return day == last_weekday_of(day); };
    }
    if (written.rfind("L-", 0) == 0 && !traits.elixir) {
        const bool nearest = written.back() == 'W';
        const int before =
            plain_number(shape, written.substr(2, written.size() - 2 - (nearest ? 1 : 0)));
        return [before, nearest, traits](cctz::civil_day day) {
            const int number = last_day(day) - before;
            if (number < 1) return false;
            if (!nearest) return day.day() == number;
            return day == nearest_weekday(day_in_month_of(day, number), traits);
        };
    }
    if (written.size() > 1 && written.back() == 'W') {
        const int number = atom(shape, written.substr(0, written.size() - 1), traits);
        return [number, traits](cctz::civil_day day) {
            if (number > last_day(day)) return traits.elixir && day == last_weekday_of(day);
            return day == nearest_weekday(day_in_month_of(day, number), traits);
        };
    }
    return std::nullopt;
}

std::optional<DayPredicate> special_weekday(const std::string& written,
                                            const DialectTraits& traits) {
    const FieldShape shape = shape_of(Field::weekday, traits);
    const char last = written.back();
    if (written.size() > 1 && (last == 'L' || (traits.any_case && last == 'l'))) {
        const int number =
            weekday_of(atom(shape, written.substr(0, written.size() - 1), traits), traits);
        return [number](cctz::civil_day day) {
            return weekday_number(day) == number && day.day() + 7 > last_day(day);
        };
    }
    if (const auto hash = written.find('#'); hash != std::string::npos) {
        const int number = weekday_of(atom(shape, written.substr(0, hash), traits), traits);
        const int week = plain_number(shape, written.substr(hash + 1));
        if (week < 1 || week > 5) refuse(shape, written);
        return [number, week](cctz::civil_day day) {
            return weekday_number(day) == number && (day.day() - 1) / 7 + 1 == week;
        };
    }
    return std::nullopt;
}

bool holds_special(const std::string& written, const DialectTraits& traits) {
    return written.find_first_of(traits.any_case ? "LW#lw" : "LW#") != std::string::npos;
}

}  // namespace

std::vector<bool> table_of(Field field, const std::string& text, const DialectTraits& traits,
                           std::size_t size) {
    const FieldShape shape = shape_of(field, traits);
    std::vector<bool> table(size);
    const std::vector<std::string> items = split(text, ',');
    for (std::size_t i = 0; i < items.size(); ++i) {
        for (const int value : values_of(shape, items[i], i, traits)) {
            table.at(static_cast<std::size_t>(value)) = true;
        }
    }
    return table;
}

std::vector<DayPredicate> day_questions(const std::string& field, const DialectTraits& traits) {
    const FieldShape shape = shape_of(Field::day, traits);
    std::vector<DayPredicate> questions;
    const std::vector<std::string> items = split(field, ',');
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (auto special = special_day(items[i], traits)) {
            questions.push_back(*special);
            continue;
        }
        questions.emplace_back(
            [values = values_of(shape, items[i], i, traits)](cctz::civil_day day) {
                return std::find(values.begin(), values.end(), day.day()) != values.end();
            });
    }
    return questions;
}

std::vector<DayPredicate> weekday_questions(const std::string& field, const DialectTraits& traits) {
    const FieldShape shape = shape_of(Field::weekday, traits);
    std::vector<DayPredicate> questions;
    const std::vector<std::string> items = split(field, ',');
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (auto special = special_weekday(items[i], traits)) {
            questions.push_back(*special);
            continue;
        }
        std::vector<int> weekdays;
        for (const int value : values_of(shape, items[i], i, traits)) {
            weekdays.push_back(weekday_of(value, traits));
        }
        questions.emplace_back([weekdays](cctz::civil_day day) {
            return std::find(weekdays.begin(), weekdays.end(), weekday_number(day)) !=
                   weekdays.end();
        });
    }
    return questions;
}

std::function<bool(cctz::year_t)> year_question(const std::string& field,
                                                const DialectTraits& traits) {
    const std::vector<std::string> items = split(field, ',');
    if (std::find(items.begin(), items.end(), "*") != items.end()) {
        return [](cctz::year_t) { return true; };
    }
    const std::size_t places = static_cast<std::size_t>(traits.last_year) + 1;
    return [table = table_of(Field::year, field, traits, places)](cctz::year_t year) {
        return year >= 0 && static_cast<std::size_t>(year) < table.size() &&
               table[static_cast<std::size_t>(year)];
    };
}

FieldFacts facts_of(Field field, const std::string& text, const DialectTraits& traits) {
    const FieldShape shape = shape_of(field, traits);
    FieldFacts facts;
    facts.begins_with_star = text.rfind('*', 0) == 0 || text.rfind('?', 0) == 0;
    for (const std::string& written : split(text, ',')) {
        if (is_hashed(written, traits)) {
            facts.running = facts.running || written.find('/') != std::string::npos;
            continue;
        }
        if (holds_special(written, traits) || written.find('~') != std::string::npos) continue;
        const Element element = take_apart(shape, written, traits);
        facts.running = facts.running || element.running();
        facts.plain_star =
            facts.plain_star || ((element.star || element.question) && element.step <= 1);
    }
    return facts;
}

}  // namespace quantum::verify
