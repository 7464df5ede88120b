#include "explain/weekdays.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <string_view>

#include "explain/mutant.hpp"
#include "explain/words.hpp"

namespace quantum::explain_detail {
namespace {

void add_weekdays_of_month(std::vector<std::string>& parts, std::string_view which,
                           std::uint8_t set, const std::string& of) {
    std::vector<std::string> names;
    for (const int day : bits_of(set)) names.emplace_back(weekday_name(day));
    if (names.empty()) return;
    parts.push_back("on the " + std::string(which) + ' ' + listed(names) + ' ' + of);
}

}  // namespace

std::vector<int> bits_of(std::uint32_t set) {
    std::vector<int> bits;
    for (; set != 0; set &= set - 1) bits.push_back(std::countr_zero(set));
    return bits;
}

bool Weekdays::has_of_month() const {
    const auto& nth = e_.special.nth_weekday;
    return e_.special.last_weekday != 0 ||
           std::any_of(nth.begin(), nth.end(), [](std::uint8_t set) { return set != 0; });
}

std::vector<std::string> Weekdays::names() const {
    std::vector<std::string> names;
    for (int i = 1; i <= 7; ++i) {
        if ((e_.weekdays >> i % 7 & 1) != 0) names.emplace_back(weekday_name(i % 7));
    }
    return names;
}

/// First and last of one row of at least three, over the end of the week too; {-1, -1} else.
std::pair<int, int> Weekdays::row() const {
    const int count = std::popcount(e_.weekdays);
    if (count < 3 || count == 7) return {-1, -1};
    int first = -1;
    for (int day = 0; day < 7; ++day) {
        const bool here = (e_.weekdays >> day & 1) != 0;
        const bool before =
            (e_.weekdays >>
                 (mutated(ExplainMutant::week_ends_on_sunday) && day == 0 ? 7 : (day + 6) % 7) &
             1) != 0;
        if (!here || before) continue;
        if (first >= 0) return {-1, -1};
        first = day;
    }
    return {first, (first + count - 1) % 7};
}

std::string Weekdays::text(const std::string& of, std::vector<std::string>& remarks) const {
    std::vector<std::string> parts;
    if (has_plain()) {
        const auto [from, to] = row();
        parts.push_back(from < 0 ? "every " + listed(names())
                                 : std::string("from ").append(weekday_name(from)) + " to " +
                                       std::string(weekday_name(to)));
    }
    for (int n = 1; n <= 5; ++n) {
        add_weekdays_of_month(parts, ordinal_word(n),
                              e_.special.nth_weekday[static_cast<std::size_t>(n - 1)], of);
    }
    add_weekdays_of_month(parts, "last", e_.special.last_weekday, of);
    if (e_.special.nth_weekday[4] != 0) {
        const auto fifth = bits_of(e_.special.nth_weekday[4]);
        remarks.push_back(
            "Months without a fifth " +
            (fifth.size() == 1 ? std::string(weekday_name(fifth[0])) : "one of these") +
            " have no run for it");
    }
    return listed(parts);
}

}  // namespace quantum::explain_detail
