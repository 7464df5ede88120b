#pragma once

#include <string>
#include <string_view>

#include "quantum/detail/cron/error.hpp"
#include "quantum/detail/cron/rules.hpp"

/// Suggestions for what a wrong text was probably meant to be; empty if no mistake is likely.
namespace quantum::cron {

[[nodiscard]] inline bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// `what` is the wrong part of `text`.
[[nodiscard]] std::string hint_for(const CronError& error, std::string_view what,
                                   std::string_view text, const Rules& rules);

/// For the text as a whole: quotes, comments, forms of other dialects.
[[nodiscard]] std::string hint_for_text(std::string_view text, const Rules& rules);

/// For a word with @ that the dialect does not have.
[[nodiscard]] std::string hint_for_macro(std::string_view what, const Rules& rules);

/// For dialects that require exactly one `?` in the two day fields.
[[nodiscard]] std::string hint_for_days(std::string_view text, const Rules& rules);

/// For a date that does not exist in any year.
[[nodiscard]] std::string hint_for_date(std::string_view what);

/// For an item that is not a value of its field, or a special in the wrong form or position.
[[nodiscard]] std::string hint_for_item(std::string_view what, const Rules& rules, Field field);

}  // namespace quantum::cron
