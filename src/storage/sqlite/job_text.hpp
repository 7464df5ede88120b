#pragma once

#include <string>
#include <string_view>

#include "quantum/job.hpp"
#include "quantum/result.hpp"

namespace quantum::sqlite {

/// What of a Job has no column of its own, as one line of JSON: the task, and every property that
/// is not the default. Keys and words are part of the file format.
///
/// A function, a schedule that is no expression, and a run strategy of the user's own cannot be
/// written down: their places are kept.
/// Bytes that are no UTF-8 are kept as they are.
[[nodiscard]] std::string definition_text(const Job& job);

/// What could not be restored from a text and is for the program to bind again.
struct Unbound {
    bool task = false;
    bool run_strategy = false;
    bool schedule = false;

    [[nodiscard]] bool any() const { return task || run_strategy || schedule; }
};

/// Sets the properties that `text` holds. An unknown key or word is an error: it is of a newer
/// program, and a definition is never followed in part.
[[nodiscard]] Result<Unbound> apply_definition(std::string_view text, Job& job);

}  // namespace quantum::sqlite
