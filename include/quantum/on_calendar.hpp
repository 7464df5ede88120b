#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "quantum/detail/cron/error.hpp"

namespace quantum {

/// The normal form of an OnCalendar expression, as `systemd-analyze calendar` prints it:
/// "Mon-Fri 8:30" is "Mon..Fri *-*-* 08:30:00". Reading it gives the same schedule.
///
/// The zone's name is taken as it stands; `parse_schedule` checks that there is such a zone.
[[nodiscard]] tl::expected<std::string, cron::CronError> normal_on_calendar(std::string_view text);

}  // namespace quantum
