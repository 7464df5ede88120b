#pragma once

#include <string>

#include "quantum/result.hpp"

#include "daemon/crontab_protocol.hpp"

namespace quantum::cli {

/// Asks the daemon behind a socket, and waits 15 s at most for its answer.
/// Errors: `unavailable`: no daemon can be reached, or it does not answer.
[[nodiscard]] Result<daemon::CrontabAnswer> ask_for_crontab(const std::string& socket,
                                                            const daemon::CrontabRequest& request);

}  // namespace quantum::cli
