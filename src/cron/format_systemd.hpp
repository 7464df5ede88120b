#pragma once

#include <string>

#include "quantum/detail/cron/expression.hpp"

namespace quantum::cron {

/// The expression as an OnCalendar text, without a zone.
[[nodiscard]] std::string format_systemd(const CronExpression& expression);

}  // namespace quantum::cron
