#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/complete_words.hpp"

namespace quantum::cli {

/// `wanted_word` for a command line as CLI11 sees it.
[[nodiscard]] WantedWord complete_in(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace quantum::cli
