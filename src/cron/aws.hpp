#pragma once

#include <string_view>

#include "quantum/cron.hpp"

namespace quantum::cron {

/// `cron(…)`, `rate(5 minutes)` and `at(2026-11-22T08:30:00)` of Amazon EventBridge.
[[nodiscard]] bool parse_aws(std::string_view text, std::string_view name, ParsedText& out,
                             CronError& error);

}  // namespace quantum::cron
