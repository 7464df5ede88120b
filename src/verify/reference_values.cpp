#include "verify/reference_values.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <utility>

namespace quantum::verify::reference {
namespace {

constexpr std::array<const char*, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                  "jul", "aug", "sep", "oct", "nov", "dec"};
// In the order of cctz, Monday first, and numbered as here: 1 is Monday, 7 is Sunday.
constexpr std::array<const char*, 7> weekday_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

bool all_digits(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](unsigned char c) { return std::isdigit(c) != 0; });
}

// A weekday by its number here, as the dialect numbers it.
int numbered(int weekday, const DialectTraits& traits) {
    if (traits.sunday_is_one) return weekday == 7 ? 1 : weekday + 1;
    if (traits.elixir || traits.monday_first) return weekday;
    return weekday == 7 ? 0 : weekday;
}

}  // namespace

FieldShape shape_of(Field field, const DialectTraits& traits) {
    switch (field) {
        case Field::second:
            return {field, "second", 0, 59};
        case Field::minute:
            return {field, "minute", 0, 59};
        case Field::hour:
            return {field, "hour", 0, 23};
        case Field::day:
            return {field, "day", 1, 31};
        case Field::month:
            return {field, "month", 1, 12};
        case Field::weekday:
            return {field, "weekday", traits.sunday_is_one ? 1 : 0, 7};
        case Field::year:
            break;
    }
    return {field, "year", traits.first_year, traits.last_year};
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::string part;
    std::istringstream in(text);
    while (std::getline(in, part, separator)) parts.push_back(part);
    if (text.empty() || text.back() == separator) parts.emplace_back();
    return parts;
}

void refuse(const FieldShape& shape, const std::string& item) {
    throw Unreadable(std::string(shape.name) + " field: the reference engine does not read '" +
                     item + "'");
}

int plain_number(const FieldShape& shape, const std::string& text) {
    if (!all_digits(text) || text.size() > 6) refuse(shape, text);
    return std::atoi(text.c_str());
}

int weekday_of(int number, const DialectTraits& traits) {
    if (traits.sunday_is_one) return number == 1 ? 7 : number - 1;
    return number == 0 ? 7 : number;
}

int atom(const FieldShape& shape, const std::string& written, const DialectTraits& traits) {
    const std::string text = lower(written);
    const bool has_last = traits.elixir || traits.sunday_is_one;
    if (shape.field == Field::month || shape.field == Field::weekday) {
        if (has_last && (written == "L" || (traits.any_case && text == "l"))) return shape.high;
    }
    if (shape.field == Field::month) {
        for (std::size_t i = 0; i < month_names.size(); ++i) {
            if (text == month_names.at(i)) return static_cast<int>(i) + 1;
        }
    }
    if (shape.field == Field::weekday) {
        for (std::size_t i = 0; i < weekday_names.size(); ++i) {
            if (text == weekday_names.at(i)) return numbered(static_cast<int>(i) + 1, traits);
        }
    }
    const int value = plain_number(shape, traits.elixir && text[0] == '+' ? text.substr(1) : text);
    if (value < shape.low || value > shape.high) refuse(shape, written);
    return value;
}

Element take_apart(const FieldShape& shape, const std::string& written,
                   const DialectTraits& traits) {
    Element element;
    element.written = written;
    std::string range = written;
    if (const auto slash = written.find('/'); slash != std::string::npos) {
        range = written.substr(0, slash);
        if (range.empty() && traits.bare_steps) range.assign(1, '*');
        std::string step = written.substr(slash + 1);
        if (traits.elixir && !step.empty() && (step[0] == '-' || step[0] == '+')) step.erase(0, 1);
        element.step = plain_number(shape, step);
        if (element.step == 0) refuse(shape, written);
    }
    const bool of_days = shape.field == Field::day || shape.field == Field::weekday;
    if (range == "*") {
        element.star = true;
    } else if (range == "?" && (traits.question_mark || (traits.question_day && of_days))) {
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

namespace {

// Vixie's arithmetic: count from the start of the range.
std::vector<int> counted_values(const FieldShape& shape, const Element& element,
                                const DialectTraits& traits) {
    const bool weekday = shape.field == Field::weekday;
    int from = weekday && traits.monday_first ? 1 : shape.low;
    int to = weekday ? traits.last_weekday : shape.high;
    if (!element.star && !element.question) {
        from = atom(shape, element.from, traits);
        if (!element.to.empty()) {
            to = atom(shape, element.to, traits);
            if (traits.sunday_ends_week && weekday && to == 0 && from > 0) to = 7;
            if (traits.monday_first && weekday && from == 7) from = 0;
        } else if (element.step == 0) {
            to = from;
        }
    }
    const int step = std::max(element.step, 1);
    const int size = shape.high - shape.low + 1;
    if (to < from && traits.wraps && shape.field != Field::year) to += size;
    if (to < from) refuse(shape, element.written);
    std::vector<int> values;
    for (int value = from; value <= to; value += step) {
        values.push_back(shape.low + (value - shape.low) % size);
    }
    return values;
}

// The arithmetic of crontab for Elixir: go through the values of the (possibly wrapped) range and
// keep those whose distance to the start, by plain subtraction, the step divides. A star starts at
// zero. With a step, Sunday is 7 only.
std::vector<int> divided_values(const FieldShape& shape, const Element& element,
                                const DialectTraits& traits) {
    const bool weekday = shape.field == Field::weekday;
    int low = shape.low;
    if (weekday && element.step != 0) low = 1;
    int from = low;
    int to = shape.high;
    int base = 0;
    if (!element.star) {
        from = base = atom(shape, element.from, traits);
        if (!element.to.empty()) {
            to = atom(shape, element.to, traits);
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

// FNV-1a (64 bit) of the name, the field's number and the item's, finished as splitmix64 does.
std::uint64_t drawn(std::string_view name, Field field, std::size_t item) {
    std::string bytes(name);
    bytes += static_cast<char>(field);
    bytes += static_cast<char>(item);
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : bytes) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211U;
    }
    for (const auto& [shift, factor] :
         {std::pair{30, 13787848793156543929U}, std::pair{27, 10723151780598845931U}}) {
        hash ^= hash >> shift;
        hash *= factor;
    }
    return hash ^ (hash >> 31);
}

int drawn_from(std::uint64_t hash, int low, int high) {
    return low + static_cast<int>(hash % static_cast<std::uint64_t>(high - low + 1));
}

// `~`, `3~`, `~9`, `3~9`.
std::vector<int> random_value(const FieldShape& shape, const std::string& written, std::size_t item,
                              const DialectTraits& traits) {
    const auto wave = written.find('~');
    const std::string before = written.substr(0, wave);
    const std::string after = written.substr(wave + 1);
    const int low = before.empty() ? shape.low : atom(shape, before, traits);
    int high = after.empty() ? shape.high : atom(shape, after, traits);
    if (high < low) refuse(shape, written);
    if (shape.field == Field::weekday && low == 0 && high == 7) high = 6;
    return {drawn_from(drawn(traits.name, shape.field, item), low, high)};
}

// `H`, `H(0-7)`, `H/15`, `H(0-29)/10`.
std::vector<int> hashed_values(const FieldShape& shape, const std::string& written,
                               std::size_t item, const DialectTraits& traits) {
    int low = shape.low;
    int high = shape.high;
    if (shape.field == Field::day) high = 28;
    if (shape.field == Field::weekday) high = 6;
    std::string rest = written.substr(1);
    if (!rest.empty() && rest[0] == '(') {
        const auto dash = rest.find('-');
        const auto close = rest.find(')');
        if (dash == std::string::npos || close == std::string::npos) refuse(shape, written);
        low = atom(shape, rest.substr(1, dash - 1), traits);
        high = atom(shape, rest.substr(dash + 1, close - dash - 1), traits);
        if (high < low) refuse(shape, written);
        rest = rest.substr(close + 1);
    }
    const std::uint64_t hash = drawn(traits.name, shape.field, item);
    if (rest.empty()) return {drawn_from(hash, low, high)};
    if (rest[0] != '/') refuse(shape, written);
    const int step = plain_number(shape, rest.substr(1));
    if (step == 0 || step > high - low + 1) refuse(shape, written);
    std::vector<int> values;
    for (int value = drawn_from(hash, low, low + step - 1); value <= high; value += step) {
        values.push_back(value);
    }
    return values;
}

}  // namespace

bool is_hashed(const std::string& written, const DialectTraits& traits) {
    return traits.hashes && written[0] == 'H';
}

std::vector<int> values_of(const FieldShape& shape, const std::string& written, std::size_t item,
                           const DialectTraits& traits) {
    if (is_hashed(written, traits)) return hashed_values(shape, written, item, traits);
    if (traits.draws && written.find('~') != std::string::npos) {
        return random_value(shape, written, item, traits);
    }
    const Element element = take_apart(shape, written, traits);
    return traits.elixir ? divided_values(shape, element, traits)
                         : counted_values(shape, element, traits);
}

}  // namespace quantum::verify::reference

namespace quantum::verify {

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

}  // namespace quantum::verify
