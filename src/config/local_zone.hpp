#pragma once

#include <string>

namespace quantum::config {

/// The name of the machine's time zone, as used by cron: the TZ variable, or else the target of
/// /etc/localtime, or else /etc/timezone, or else UTC. The name is not checked.
[[nodiscard]] std::string local_zone_name();

/// `name`, or the machine's zone if it is empty.
[[nodiscard]] std::string zone_or_local(const std::string& name);

}  // namespace quantum::config
