#pragma once

#include <string>

#include "quantum/detail/cron/expression.hpp"

namespace quantum::explain_detail {

/// The times of a day, in words.
struct Times {
    std::string text;    ///< "at 09:30", "every 5 minutes from 09:00 to 17:55"
    std::string remark;  ///< a sentence about uneven steps; may be empty
    bool clock = false;  ///< names times of a day: "every day" reads well after it
};

[[nodiscard]] Times times_of(const cron::CronExpression& expression);

}  // namespace quantum::explain_detail
