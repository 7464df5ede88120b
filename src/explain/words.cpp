#include "explain/words.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace quantum::explain_detail {

std::string listed(const std::vector<std::string>& items, std::string_view last_word) {
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0 && i + 1 == items.size()) {
            out += ' ';
            out += last_word;
            out += ' ';
        } else if (i > 0) {
            out += ", ";
        }
        out += items[i];
    }
    return out;
}

std::string ordinal(int number) {
    const int tens = number % 100 / 10;
    const int ones = number % 10;
    std::string_view ending = "th";
    if (tens != 1 && ones == 1) ending = "st";
    if (tens != 1 && ones == 2) ending = "nd";
    if (tens != 1 && ones == 3) ending = "rd";
    return std::to_string(number).append(ending);
}

std::string_view ordinal_word(int number) {
    constexpr std::array<std::string_view, 5> words{"first", "second", "third", "fourth", "fifth"};
    return words[static_cast<std::size_t>(number - 1)];
}

std::string counted(std::int64_t number, std::string_view unit) {
    std::string out = std::to_string(number) + ' ';
    out += unit;
    if (number != 1) out += 's';
    return out;
}

std::string_view weekday_name(int weekday) {
    constexpr std::array<std::string_view, 7> names{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
    return names[static_cast<std::size_t>(weekday)];
}

std::string_view month_name(int month) {
    constexpr std::array<std::string_view, 12> names{
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    return names[static_cast<std::size_t>(month - 1)];
}

std::string two_digits(int number) {
    std::string digits = std::to_string(number);
    if (number < 10) digits.insert(digits.begin(), '0');
    return digits;
}

std::string capitalized(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
        text[0] = static_cast<char>(text[0] - 'a' + 'A');
    }
    return text;
}

}  // namespace quantum::explain_detail
