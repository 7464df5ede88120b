#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"

namespace quantum::cli {

/// "2026-11-22T01:05:00+01:00", "2026-11-22T00:05:00.25Z"; a space may stand for the T. Digits
/// below a microsecond are cut off; a leap second is the second after it. None: no such text.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

/// "2026-11-22 01:05:00 +01:00": what a clock shows whose local time is UTC + `offset` seconds.
[[nodiscard]] std::string format_local(WallTime time, std::int64_t offset);

/// "Mon" … "Sun" of the local day.
[[nodiscard]] std::string_view weekday_name(WallTime time, std::int64_t offset);

}  // namespace quantum::cli
