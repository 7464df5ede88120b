#pragma once

#include <cstddef>

namespace quantum::cli {

/// How many columns the terminal at standard output has; 80 if it does not say.
[[nodiscard]] std::size_t terminal_columns();

}  // namespace quantum::cli
