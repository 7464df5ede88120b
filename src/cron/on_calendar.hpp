#pragma once

#include <string>
#include <string_view>

#include "quantum/cron.hpp"

namespace quantum::cron {

/// Calendar events as systemd.time(7) has them, read as systemd 252 reads them: the same texts are
/// accepted, but for those that no date can match, and lists of days from the month's end, of which
/// systemd takes the second item up to 25 only, the third up to 22 and so on: here all go up to 28.
/// `out.zone` is the zone suffix, unchecked.
///
/// Due times are whole seconds: a fraction of a second counts towards the second it lies in.
[[nodiscard]] bool parse_on_calendar(std::string_view text, ParsedText& out, CronError& error);

/// The same, and the text in the form that `systemd-analyze calendar` prints.
[[nodiscard]] bool parse_on_calendar(std::string_view text, ParsedText& out, CronError& error,
                                     std::string& normal_form);

/// The sentence for a person, for errors of `parse_on_calendar`.
[[nodiscard]] std::string explain_on_calendar(const CronError& error, std::string_view text);

}  // namespace quantum::cron
