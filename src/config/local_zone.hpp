#pragma once

#include <string>

namespace quantum::config {

/// The name of the machine's own time zone, as cron would use it: the TZ variable, else what
/// /etc/localtime points to, else /etc/timezone, else UTC. The name is not checked.
[[nodiscard]] std::string local_zone_name();

/// `name`, or the machine's zone where that is empty.
[[nodiscard]] std::string zone_or_local(const std::string& name);

}  // namespace quantum::config
