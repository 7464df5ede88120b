#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The small words of sentences about time.
namespace quantum::explain_detail {

/// "a", "a and b", "a, b and c".
[[nodiscard]] std::string listed(const std::vector<std::string>& items,
                                 std::string_view last_word = "and");

/// "1st", "22nd", "13th".
[[nodiscard]] std::string ordinal(int number);
/// "first" … "fifth".
[[nodiscard]] std::string_view ordinal_word(int number);

/// "5 minutes", "1 hour".
[[nodiscard]] std::string counted(std::int64_t number, std::string_view unit);

/// Sunday is 0.
[[nodiscard]] std::string_view weekday_name(int weekday);
/// January is 1.
[[nodiscard]] std::string_view month_name(int month);

/// "07"
[[nodiscard]] std::string two_digits(int number);

[[nodiscard]] std::string capitalized(std::string text);

}  // namespace quantum::explain_detail
