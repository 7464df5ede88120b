#include "zone/zone.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include "base/mutex.hpp"
#include "zone/mutant.hpp"

namespace quantum::zone {

namespace {

using Instant = cctz::time_point<cctz::seconds>;

std::int64_t seconds_of(Instant instant) { return instant.time_since_epoch().count(); }

/// Names are relative paths below the zone data; nothing else may reach the file system.
bool is_zone_name(std::string_view name) {
    if (name.empty() || name.size() > 255 || name.front() == '/' || name.back() == '/') {
        return false;
    }
    if ((name.find("..") != std::string_view::npos && !mutated(ZoneMutant::names_climb)) ||
        (name == "localtime" && !mutated(ZoneMutant::localtime_is_a_zone)))
        return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '/' || c == '_' || c == '-' || c == '+' || c == '.';
    });
}

/// Every window the zone has: cctz extends the last rule by 400 years.
std::vector<Window> windows_of(const cctz::time_zone& zone) {
    std::vector<Window> windows(1);
    windows.front().offset = zone.lookup(Instant::min()).offset;
    cctz::time_zone::civil_transition change;
    Instant at = Instant::min();
    while (zone.next_transition(at, &change)) {
        at = zone.lookup(change.to).trans;
        const std::int64_t offset = zone.lookup(at).offset;
        if (offset == windows.back().offset) continue;
        windows.back().until = seconds_of(at);
        windows.push_back({.from = seconds_of(at), .offset = offset});
    }
    for (std::size_t i = 1; i < windows.size(); ++i) {
        windows[i].seen_until = std::max(windows[i - 1].seen_until, windows[i - 1].local_until());
    }
    for (std::size_t i = windows.size() - 1; i > 0; --i) {
        if (!mutated(ZoneMutant::repeat_not_seen))
            windows[i - 1].again_from = std::min(windows[i].again_from, windows[i].local_from());
    }
    return windows;
}

struct Table {
    base::Mutex mutex;
    std::map<std::string, const Zone*, std::less<>> zones QUANTUM_GUARDED_BY(mutex);
};

/// Never destroyed: schedules of static lifetime may still point into it.
Table& table() {
    static auto* const all = new Table;
    return *all;
}

}  // namespace

Zone::Zone(std::string name, std::vector<Window> windows)
    : name_(std::move(name)),
      utc_(windows.size() == 1 &&
           (windows.front().offset == 0 || mutated(ZoneMutant::one_offset_is_utc))),
      windows_(std::move(windows)) {
    const std::int64_t last = windows_.back().from;
    index_.push_back(0);
    std::size_t window = 0;
    for (std::int64_t start = index_from + (std::int64_t{1} << bucket_bits); start <= last;
         start += std::int64_t{1} << bucket_bits) {
        while (windows_[window].until <= start) ++window;
        index_.push_back(static_cast<std::uint16_t>(window));
    }
    index_.push_back(static_cast<std::uint16_t>(windows_.size() - 1));
}

std::int64_t Zone::instant_of(std::int64_t local) const {
    constexpr std::int64_t two_days = 172800;  // more than any two offsets differ by
    const Window* window = window_at(local - two_days);
    while (window->local_until() <= local) window = after(window);
    if (mutated(ZoneMutant::missing_time_before_gap)) return local - window->offset;
    return std::max(window->from, local - window->offset);
}

const Zone* Zone::load(const std::string& name) {
    cctz::time_zone zone;
    // On failure cctz answers UTC as well: only the bool tells.
    if (!cctz::load_time_zone(name, &zone) && !mutated(ZoneMutant::unknown_zone_is_utc))
        return nullptr;
    return new Zone(name, windows_of(zone));
}

const Zone* Zone::named(std::string_view name) {
    if (name == "UTC") return &utc();
    if (!is_zone_name(name)) return nullptr;
    Table& all = table();
    const base::MutexLock lock(all.mutex);
    const auto found = all.zones.find(name);
    if (found != all.zones.end()) return found->second;
    const std::string owned(name);
    const Zone* zone = load(owned);
    if (zone != nullptr) all.zones.emplace(owned, zone);
    return zone;
}

const Zone& Zone::utc() {
    static const Zone* const zone = new Zone("UTC", std::vector<Window>(1));
    return *zone;
}

}  // namespace quantum::zone
