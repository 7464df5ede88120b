#include "cli/shell_word.hpp"

#include <algorithm>

namespace quantum::cli {

std::string shell_word(std::string_view word) {
    const bool is_plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               std::string_view("._/-+:@%").find(c) != std::string_view::npos;
    });
    if (is_plain) return std::string(word);
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + '\'';
}

}  // namespace quantum::cli
