#pragma once

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"

#include "verify/words.hpp"

/// Instants as text, without the help of any time library: "2026-11-22T00:05:00Z".
namespace quantum::verify::test {

inline WallTime at(std::string_view text) {
    const auto number = [&](std::size_t from, std::size_t count) {
        return std::atoi(std::string(text.substr(from, count)).c_str());
    };
    using namespace std::chrono;
    const sys_days day = year{number(0, 4)} / number(5, 2) / number(8, 2);
    return day + hours{number(11, 2)} + minutes{number(14, 2)} + seconds{number(17, 2)};
}

inline std::string text_of(WallTime instant) {
    std::string text = words(instant);
    text.at(10) = 'T';
    return text;
}

}  // namespace quantum::verify::test
