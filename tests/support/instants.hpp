#pragma once

#include <chrono>
#include <cstdlib>
#include <string>

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include "quantum/clock.hpp"

namespace quantum::test {

/// "2024-02-29 23:59:30" or "2024-02-29T23:59:30.5Z", in UTC.
inline WallTime at(const std::string& text) {
    WallTime parsed;
    for (const char* form :
         {"%Y-%m-%d %H:%M:%E*S", "%Y-%m-%dT%H:%M:%E*SZ", "%Y-%m-%dT%H:%M:%E*S"}) {
        if (cctz::parse(form, text, cctz::utc_time_zone(), &parsed)) return parsed;
    }
    std::abort();
}

/// "2024-02-29T23:59:30Z": the way of RFC 3339; a fraction only where there is one.
inline std::string text_of(WallTime instant) {
    const bool whole = instant == std::chrono::floor<std::chrono::seconds>(instant);
    return cctz::format(whole ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%dT%H:%M:%E6SZ", instant,
                        cctz::utc_time_zone());
}

/// "2024-02-29 23:59:30": the way people write it; microseconds only where there are some.
inline std::string spaced(WallTime instant) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(instant);
    std::string text = cctz::format("%Y-%m-%d %H:%M:%S", WallTime{whole}, cctz::utc_time_zone());
    if (instant != whole) text += " +" + std::to_string((instant - whole).count()) + "us";
    return text;
}

}  // namespace quantum::test
