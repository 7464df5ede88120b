#pragma once

#include <string>
#include <string_view>

#include "quantum/detail/cron/error.hpp"
#include "quantum/detail/cron/rules.hpp"

/// What was probably meant by a text that is wrong; empty where no slip is likely.
namespace quantum::cron {

[[nodiscard]] inline bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// `what` is the wrong part of `text`.
[[nodiscard]] std::string hint_for(const CronError& error, std::string_view what,
                                   std::string_view text, const Rules& rules);

/// The text as a whole: quotes, comments, a form of another dialect.
[[nodiscard]] std::string hint_for_text(std::string_view text, const Rules& rules);

/// A word with @ that the dialect does not have.
[[nodiscard]] std::string hint_for_macro(std::string_view what, const Rules& rules);

/// Where a dialect wants exactly one `?` in the two day fields.
[[nodiscard]] std::string hint_for_days(std::string_view text, const Rules& rules);

/// A date that no year has.
[[nodiscard]] std::string hint_for_date(std::string_view what);

/// An item that is no value of its field, or a special in the wrong form or place.
[[nodiscard]] std::string hint_for_item(std::string_view what, const Rules& rules, Field field);

}  // namespace quantum::cron
