#include "cli/short_when.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>

#include "cli/output.hpp"
#include "cli/time_text.hpp"
#include "config/diagnostic.hpp"
#include "config/local_zone.hpp"

namespace quantum::cli {
namespace {

using std::chrono::floor;

/// The parts of "2026-11-22 01:05:00.25 +01:00".
constexpr std::size_t date_size = 10;
constexpr std::size_t minutes_end = 16;
constexpr std::size_t seconds_end = 19;

/// Without fractions: it is told in whole seconds anyhow.
std::string whole(Duration distance) {
    if (distance >= std::chrono::minutes(1)) return brief(distance);
    return std::to_string(floor<std::chrono::seconds>(distance).count()) + 's';
}

}  // namespace

std::string ShortWhen::day_before(WallTime time) const {
    const std::int64_t offset = offset_at(zone_, time);
    const auto day = floor<std::chrono::days>(time + std::chrono::seconds(offset));
    const auto today =
        floor<std::chrono::days>(now_ + std::chrono::seconds(offset_at(zone_, now_)));
    if (day == today) return {};
    if (std::abs((day - today).count()) < 7) return std::string(weekday_name(time, offset)) + ' ';
    return format_local(time, offset).substr(0, date_size) + ' ';
}

std::string ShortWhen::text(WallTime time) const {
    const auto second = floor<std::chrono::seconds>(time);
    const std::string local = format_local(second, offset_at(zone_, second));
    const bool has_seconds = second != floor<std::chrono::minutes>(time);
    const std::size_t end = has_seconds ? seconds_end : minutes_end;
    return day_before(time) + local.substr(date_size + 1, end - date_size - 1);
}

std::string ShortWhen::exact(WallTime time) const {
    const auto second = floor<std::chrono::seconds>(time);
    std::string text = format_local(second, offset_at(zone_, second))
                           .substr(date_size + 1, seconds_end - date_size - 1);
    std::string millis = std::to_string((time - second).count() / 1000);
    millis.insert(0, 3 - millis.size(), '0');
    return day_before(time) + text + '.' + millis;
}

std::string ShortWhen::relative(WallTime time) const {
    const Duration distance = floor<std::chrono::seconds>(time) - floor<std::chrono::seconds>(now_);
    if (distance == Duration::zero()) return "now";
    if (distance > Duration::zero()) return "in " + whole(distance);
    return whole(-distance) + " ago";
}

const zone::Zone* table_zone(const std::string& asked) {
    const zone::Zone* const zone = zone::Zone::named(config::zone_or_local(asked));
    if (zone == nullptr && !asked.empty()) {
        print_error("--tz: '" + config::printable(asked) + "' is not a known time zone");
    }
    return zone;
}

}  // namespace quantum::cli
