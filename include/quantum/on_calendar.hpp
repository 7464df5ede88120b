#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "quantum/detail/cron/error.hpp"

namespace quantum {

/// The normalized form of an OnCalendar expression, as printed by `systemd-analyze calendar`:
/// "Mon-Fri 8:30" becomes "Mon..Fri *-*-* 08:30:00". Parsing it yields the same schedule.
///
/// The name of the zone is not checked here; `parse_schedule` checks that it exists.
[[nodiscard]] tl::expected<std::string, cron::CronError> normal_on_calendar(std::string_view text);

}  // namespace quantum
