#pragma once

#include <string>
#include <vector>

#include "quantum/detail/cron/expression.hpp"

namespace quantum::explain_detail {

/// The days of an expression in words.
struct Days {
    std::string text;  ///< "on the 1st of the month", "from Monday to Friday"; may be empty
    std::vector<std::string> remarks;  ///< sentences about months that lack a day; may be empty
    bool every_day = false;            ///< neither date nor weekday is restricted
};

/// Including months and years.
[[nodiscard]] Days days_of(const cron::CronExpression& expression);

}  // namespace quantum::explain_detail
