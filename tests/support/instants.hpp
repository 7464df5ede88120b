#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"

/// Instants as text in tests: "2026-11-22T00:05:00Z", also without Z and with a fraction.
namespace quantum::test {

inline WallTime at(std::string_view text) {
    const auto number = [&](std::size_t from, std::size_t count) {
        int value = 0;
        for (const char c : text.substr(from, count)) value = value * 10 + (c - '0');
        return value;
    };
    using namespace std::chrono;
    const sys_days day = year{number(0, 4)} / number(5, 2) / number(8, 2);
    Duration time = hours{number(11, 2)} + minutes{number(14, 2)} + seconds{number(17, 2)};
    if (text.size() > 20 && text[19] == '.') {
        Duration unit = 100ms;
        for (std::size_t i = 20; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
            time += unit * (text[i] - '0');
            unit /= 10;
        }
    }
    return day + time;
}

inline std::string text_of(WallTime time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(time - day)};
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return buffer;
}

}  // namespace quantum::test
