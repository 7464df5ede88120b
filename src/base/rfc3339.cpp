#include "base/rfc3339.hpp"

#include <array>
#include <chrono>
#include <cstdio>

#include "base/base_mutant.hpp"

namespace quantum::base {

std::string rfc3339(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 64> buffer{};
    const int year = static_cast<int>(date.year());
    const int length = std::snprintf(
        buffer.data(), buffer.size(), "%s%04d-%02u-%02uT%02d:%02d:%02d", year < 0 ? "-" : "",
        year < 0 ? -year : year, static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    std::string text(buffer.data(), static_cast<std::size_t>(length));
    if (const auto micros = clock.subseconds().count(); micros != 0) {
        std::string fraction = std::to_string(micros);
        fraction.insert(0, 6 - fraction.size(), '0');
        if (!mutated(BaseMutant::fraction_padded))
            fraction.erase(fraction.find_last_not_of('0') + 1);
        text += '.' + fraction;
    }
    text += 'Z';
    return text;
}

}  // namespace quantum::base
