#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"

namespace quantum::server {

/// "2026-11-22T00:05:00.25Z", "2026-11-22T01:05:00+01:00": RFC 3339 as the API takes it. Digits
/// below a microsecond are cut. None: it is not of this form, or no such date.
[[nodiscard]] std::optional<WallTime> parse_instant(std::string_view text);

/// The same instant in local time with its offset, as "2026-11-22T01:05:00+01:00".
[[nodiscard]] std::string local_text(WallTime time, std::string_view zone);

}  // namespace quantum::server
