#pragma once

#include <chrono>
#include <cstdlib>
#include <string>

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include "quantum/clock.hpp"

namespace quantum::test {

/// "2024-02-29 23:59:30" in UTC.
inline WallTime at(const std::string& text) {
    std::chrono::time_point<std::chrono::system_clock, cctz::seconds> parsed;
    if (!cctz::parse("%Y-%m-%d %H:%M:%S", text, cctz::utc_time_zone(), &parsed)) std::abort();
    return WallTime{parsed.time_since_epoch()};
}

/// The other way round; microseconds only where there are some.
inline std::string text_of(WallTime instant) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(instant);
    std::string text = cctz::format(
        "%Y-%m-%d %H:%M:%S",
        std::chrono::time_point<std::chrono::system_clock, cctz::seconds>(whole.time_since_epoch()),
        cctz::utc_time_zone());
    if (instant != whole) text += " +" + std::to_string((instant - whole).count()) + "us";
    return text;
}

}  // namespace quantum::test
