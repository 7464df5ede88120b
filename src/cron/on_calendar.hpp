#pragma once

#include <string>
#include <string_view>

#include "quantum/cron.hpp"

namespace quantum::cron {

/// Calendar events as described in systemd.time(7), parsed like systemd 252: the same texts are
/// accepted, except those that no date can match, and lists of days counted from the end of the
/// month, of which systemd accepts the second item only up to 25, the third up to 22 and so on;
/// here all go up to 28. `out.zone` is the zone suffix, not checked.
///
/// Due times are whole seconds: a fraction counts as the second it is in.
[[nodiscard]] bool parse_on_calendar(std::string_view text, ParsedText& out, CronError& error);

/// The same, and also returns the text in the form printed by `systemd-analyze calendar`.
[[nodiscard]] bool parse_on_calendar(std::string_view text, ParsedText& out, CronError& error,
                                     std::string& normal_form);

/// The message for people, for errors of `parse_on_calendar`.
[[nodiscard]] std::string explain_on_calendar(const CronError& error, std::string_view text);

}  // namespace quantum::cron
