#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include "support/random_text.hpp"

/// Zones of the tz database, and instants close to their offset changes.
namespace quantum::test {

/// Zones known for odd rules, in front of all others of the machine's database.
inline const std::vector<std::string>& odd_zones() {
    static const std::vector<std::string> zones{
        "UTC",
        "America/New_York",
        "Europe/Zurich",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/Sao_Paulo",
        "Africa/Casablanca",
        "Europe/Dublin",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Antarctica/Troll",
        "Asia/Gaza",
        "Africa/Cairo",
        "Africa/El_Aaiun",
        "Pacific/Kwajalein",
        "America/Scoresbysund",
    };
    return zones;
}

inline const std::vector<std::string>& all_zones() {
    static const std::vector<std::string> zones = [] {
        std::vector<std::string> names = odd_zones();
        std::ifstream table("/usr/share/zoneinfo/tzdata.zi");
        for (std::string line; std::getline(table, line);) {
            // "Z <name> …" begins a zone.
            if (line.rfind("Z ", 0) != 0) continue;
            std::istringstream words(line.substr(2));
            std::string name;
            words >> name;
            cctz::time_zone zone;
            if (cctz::load_time_zone(name, &zone)) names.push_back(name);
        }
        return names;
    }();
    return zones;
}

inline std::string random_zone(RandomText& random) {
    const auto& zones = random.one_in(2) ? odd_zones() : all_zones();
    return zones[random.number(0, static_cast<std::uint32_t>(zones.size()) - 1)];
}

/// 1970 to 2100; three times in four within two days of an offset change.
inline std::int64_t random_instant(RandomText& random, const std::string& zone_name) {
    constexpr std::uint32_t end = 4'102'444'800;  // 2100
    const std::int64_t at = random.number(0, end);
    cctz::time_zone zone;
    cctz::time_zone::civil_transition change;
    if (random.one_in(4) || !cctz::load_time_zone(zone_name, &zone) ||
        !zone.next_transition(cctz::time_point<cctz::seconds>{cctz::seconds{at}}, &change)) {
        return at;
    }
    const std::int64_t change_at = zone.lookup(change.to).trans.time_since_epoch().count();
    if (random.one_in(8)) return change_at - 2 + random.number(0, 4);
    const std::int64_t around = random.one_in(2) ? 7200 : 172800;
    return change_at - around + random.number(0, static_cast<std::uint32_t>(2 * around));
}

/// The instants strictly between at which the zone changes its offset.
inline std::vector<std::int64_t> offset_changes(const std::string& zone_name, std::int64_t after,
                                                std::int64_t before) {
    std::vector<std::int64_t> changes;
    cctz::time_zone zone;
    if (!cctz::load_time_zone(zone_name, &zone)) return changes;
    cctz::time_zone::civil_transition change;
    auto at = cctz::time_point<cctz::seconds>{cctz::seconds{after}};
    while (zone.next_transition(at, &change)) {
        at = zone.lookup(change.to).trans;
        const std::int64_t instant = at.time_since_epoch().count();
        if (instant >= before) break;
        changes.push_back(instant);
    }
    return changes;
}

}  // namespace quantum::test
