#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace quantum::cli {

/// What may stand at a place of the command line.
enum class WordKind : std::uint8_t {
    none,    ///< a file, or anything
    listed,  ///< one of these words
    job,
    run,  ///< an execution that runs, or its job
};

struct WantedWord {
    WordKind kind = WordKind::none;
    std::vector<std::string> words{};  ///< if listed
};

/// What the last of these words, which may be empty, may become; those before it are complete. The
/// commands and options are those that the command line is parsed with.
[[nodiscard]] WantedWord wanted_word(const std::vector<std::string>& words);

}  // namespace quantum::cli
