#pragma once

#include <string>

#include "quantum/clock.hpp"

#include "zone/zone.hpp"

namespace quantum::cli {

/// Instants for tables, seen from `now` in the local time of a zone.
///
/// Thread-safety: a value; the zone lives for ever.
class ShortWhen {
public:
    /// Null: UTC.
    ShortWhen(const zone::Zone* zone, WallTime now) : zone_(zone), now_(now) {}

    /// "02:30" today, "Mon 02:30" within six days, else "2027-03-28 02:30"; with seconds only if
    /// there are some.
    [[nodiscard]] std::string text(WallTime time) const;
    /// "22:10:12.004"; with the day if it is another one.
    [[nodiscard]] std::string exact(WallTime time) const;
    /// "in 4h12m", "3m05s ago", "now".
    [[nodiscard]] std::string relative(WallTime time) const;

    [[nodiscard]] WallTime now() const { return now_; }

private:
    [[nodiscard]] std::string day_before(WallTime time) const;

    const zone::Zone* zone_;
    WallTime now_;
};

/// The zone of a table: the one that is asked for, or the machine's. Null, and told on standard
/// error: there is no such zone.
[[nodiscard]] const zone::Zone* table_zone(const std::string& asked);

}  // namespace quantum::cli
