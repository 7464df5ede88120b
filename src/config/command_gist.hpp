#pragma once

#include <string>
#include <string_view>

namespace quantum::config {

/// What a shell command is known by: its first command that does something, without what only
/// guards it (`test -x … &&`, `[ … ] ||`, `command -v … &&`, `cd … &&`, `if …; then`), without
/// variables in front of it, redirections, and the directory of its program. It is for people: of a
/// command that is not understood, it is the command itself.
///
/// "[ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then
/// /usr/lib/php/sessionclean; fi" is "sessionclean".
[[nodiscard]] std::string gist_of(std::string_view command);

/// Where a command runs everything in a directory (run-parts), the name of that directory, such as
/// "cron.daily"; otherwise empty.
[[nodiscard]] std::string parts_of(std::string_view command);

}  // namespace quantum::config
