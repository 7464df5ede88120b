#pragma once

#include <string_view>

#include "quantum/cron.hpp"

namespace quantum::cron {

/// Parses `text` by the rules of `dialect`; returns false and fills `error` if it is invalid.
[[nodiscard]] bool parse_text(std::string_view text, Dialect dialect, std::string_view name,
                              ParsedText& out, CronError& error);

}  // namespace quantum::cron
