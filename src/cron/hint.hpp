#pragma once

#include <string>
#include <string_view>

#include "quantum/cron/error.hpp"
#include "quantum/cron/rules.hpp"

namespace quantum::cron {

/// What was probably meant, where a slip is likely; empty otherwise. `what` is the wrong text.
[[nodiscard]] std::string hint_for(const CronError& error, std::string_view what,
                                   const Rules& rules);

}  // namespace quantum::cron
