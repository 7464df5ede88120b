#pragma once

#include <string>
#include <string_view>

namespace quantum::cli {

/// A word of a command line that is shown, as the shell takes it.
[[nodiscard]] std::string shell_word(std::string_view word);

}  // namespace quantum::cli
