#include "quantum/run_strategy.hpp"

#include <algorithm>
#include <cstdint>

namespace quantum {

namespace {

// Spreads well enough over a handful of nodes; the same on every machine.
std::uint64_t draw(std::string_view job, WallTime due) {
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325;
    for (const char c : job) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01B3;
    }
    hash ^= static_cast<std::uint64_t>(due.time_since_epoch().count());
    hash = (hash ^ (hash >> 30U)) * 0xBF58'476D'1CE4'E5B9;
    hash = (hash ^ (hash >> 27U)) * 0x94D0'49BB'1331'11EB;
    return hash ^ (hash >> 31U);
}

}  // namespace

std::vector<std::string> LocalStrategy::nodes(const Placement& placement) const {
    return {std::string(placement.self)};
}

std::vector<std::string> AllStrategy::nodes(const Placement& placement) const {
    if (!list_.empty()) return list_;
    return {placement.available.begin(), placement.available.end()};
}

std::vector<std::string> RandomStrategy::nodes(const Placement& placement) const {
    std::vector<std::string> up;
    for (const std::string& node : placement.available) {
        const bool wanted =
            list_.empty() || std::find(list_.begin(), list_.end(), node) != list_.end();
        if (wanted) up.push_back(node);
    }
    if (up.empty()) return list_;  // none is up: the ledger says so
    std::sort(up.begin(), up.end());
    return {up[draw(placement.job, placement.due) % up.size()]};
}

}  // namespace quantum
