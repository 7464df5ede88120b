#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quantum/clock.hpp"

namespace quantum::config {

/// "30s", "1h30m", "1.5h", "2d 12h": numbers with units (w, d, h, m, s, ms, us), largest unit
/// first; a day has 24 hours. None for anything else, including a number without a unit.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

/// The same backwards, exactly: "1h30m", "250ms", "0s".
[[nodiscard]] std::string duration_text(Duration duration);

/// "512", "64KiB", "1 GiB", "10MB": bytes, with a unit of 1024 (KiB, MiB, GiB, TiB) or 1000 (kB,
/// MB, GB, TB) after the number. None for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace quantum::config
