#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "quantum/detail/cron/expression.hpp"

namespace quantum::explain_detail {

/// The numbers of the bits that are set, in their order.
[[nodiscard]] std::vector<int> bits_of(std::uint32_t set);

/// The weekday field in words.
class Weekdays {
public:
    /// Refers to the expression.
    explicit Weekdays(const cron::CronExpression& expression) : e_(expression) {}

    /// "every Monday", as opposed to "the last Monday of the month".
    [[nodiscard]] bool has_plain() const { return e_.weekdays != 0; }
    [[nodiscard]] bool has_of_month() const;
    /// The plain ones, Monday first.
    [[nodiscard]] std::vector<std::string> names() const;
    /// "from Monday to Friday and on the last Sunday of the month", where `of` says of which month.
    [[nodiscard]] std::string text(const std::string& of, std::vector<std::string>& remarks) const;

private:
    [[nodiscard]] std::pair<int, int> row() const;

    const cron::CronExpression& e_;
};

}  // namespace quantum::explain_detail
