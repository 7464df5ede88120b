#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quantum/result.hpp"

namespace quantum::compare {

/// The question put to an engine: one expression, in one zone, asked in one way.
struct Question {
    std::string zone;
    std::string manner;  ///< "each": from many instants; "stream": from the last answer
    std::size_t expression = 0;

    friend auto operator<=>(const Question&, const Question&) = default;
};

/// What one run of a driver wrote, a line a fact, with tabs between the words:
///
///     answers ZONE MANNER EXPRESSION SECONDS,SECONDS,…     (since 1970, - for none)
///     time    ZONE MANNER EXPRESSION NANOSECONDS           (of one call)
///     unread  EXPRESSION REASON
struct EngineRun {
    std::map<Question, std::string> answers;
    std::map<Question, double> times;
    std::map<std::size_t, std::string> unread;
};

/// Error: corrupt, with the line, if it is of another form.
[[nodiscard]] Result<EngineRun> read_engine_run(std::string_view text);

/// All runs of one engine, one a round.
struct Engine {
    std::string name;
    std::vector<EngineRun> rounds;
};

struct PeersReport {
    std::string text;                ///< tables of at most 100 columns
    std::vector<std::string> peers;  ///< those of which at least one ratio could be had
};

/// Compares the first engine, which is ours, with each of the others. An expression that an engine
/// does not read, or to which its answers differ from ours, is left out for it, and the text says
/// so. Error: invalid_argument with fewer than six rounds, or if ours lacks an answer.
[[nodiscard]] Result<PeersReport> compare_engines(const std::vector<Engine>& engines,
                                                  const std::vector<std::string>& expressions);

/// Error: unavailable, with a sentence, if fewer peers ran than a comparison needs.
[[nodiscard]] Status enough_peers(const PeersReport& report);

}  // namespace quantum::compare
