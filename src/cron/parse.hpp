#pragma once

#include <string_view>

#include "quantum/cron.hpp"

namespace quantum::cron {

/// Reads `text` by the rules of `dialect`; false with `error` filled if it is wrong.
[[nodiscard]] bool parse_text(std::string_view text, Dialect dialect, std::string_view name,
                              ParsedText& out, CronError& error);

}  // namespace quantum::cron
