#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"

#include "zone/zone.hpp"

namespace quantum::times {

/// "2026-11-22T01:05:00+01:00", "2026-11-22T00:05:00.25Z"; a space is allowed in place of the T.
/// Digits below a microsecond are truncated; a leap second is the second after it. None if the text
/// is not of this form.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

/// "90s", "36h", "7d", "1h30m": days, hours, minutes and seconds, in whole numbers. None if the
/// text is not of this form, or means more than a hundred years.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

/// A short form with at most two units: "850us", "29ms", "1.2s", "3m05s", "2h03m", "3d04h"; with a
/// minus sign if negative.
[[nodiscard]] std::string brief(Duration duration);

/// The seconds by which local time is ahead of UTC at that instant; 0 without a zone.
[[nodiscard]] std::int64_t offset_at(const zone::Zone* zone, WallTime time);

/// "2026-11-22 01:05:00 +01:00": the local time of a clock that is `offset` seconds ahead of UTC.
[[nodiscard]] std::string format_local(WallTime time, std::int64_t offset);

/// "Mon" … "Sun", for the local day.
[[nodiscard]] std::string_view weekday_name(WallTime time, std::int64_t offset);

}  // namespace quantum::times
