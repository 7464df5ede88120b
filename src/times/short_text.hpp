#pragma once

#include <string>

#include "quantum/clock.hpp"

#include "zone/zone.hpp"

namespace quantum::times {

/// A duration in a sentence: "130us", "29ms", "1.2s", "12s", "4m12s", "9m", "2h", "3d04h".
[[nodiscard]] std::string span_text(Duration duration);

/// Instants as short as they can be told, seen from `now`, in the local time of a zone.
///
/// Thread-safety: a value; the zone lives for ever.
class ShortTimes {
public:
    /// Null: UTC.
    ShortTimes(const zone::Zone* zone, WallTime now) : zone_(zone), now_(now) {}

    /// "02:30" today, "Mon 02:30" within six days, "28 Mar 02:30" within six months, else "28 Mar
    /// 2027 02:30". Seconds only where there are some.
    [[nodiscard]] std::string text(WallTime time) const;
    /// The same with the seconds in any case.
    [[nodiscard]] std::string with_seconds(WallTime time) const;
    /// "02:30" or "02:30:09"
    [[nodiscard]] std::string time_of_day(WallTime time) const;
    /// "Sun 28 Mar", with the year if it is another one.
    [[nodiscard]] std::string day(WallTime time) const;
    /// "in 2h05m", "3m ago", "now"
    [[nodiscard]] std::string relative(WallTime time) const;

    [[nodiscard]] WallTime now() const { return now_; }
    [[nodiscard]] const zone::Zone* zone() const { return zone_; }

private:
    [[nodiscard]] std::string day_before(WallTime time) const;

    const zone::Zone* zone_;
    WallTime now_;
};

}  // namespace quantum::times
