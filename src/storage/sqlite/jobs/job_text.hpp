#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "quantum/job.hpp"
#include "quantum/result.hpp"

#include "model/packed_command.hpp"

namespace quantum::sqlite {

/// What of a Job has no column of its own, as one line of JSON: the task, and every property that
/// is not the default. Keys and words are part of the file format.
///
/// A function, a schedule that is no expression, and a run strategy of the user's own cannot be
/// written down: their places are kept.
/// Bytes that are no UTF-8 are kept as they are.
[[nodiscard]] std::string definition_text(const Job& job);

/// What a text says beyond the properties of the job.
struct Restored {
    /// The schedule's DST words, for whoever parses its text.
    DstPolicy dst;
    /// Its day rule, where that is not the dialect's.
    std::optional<DayRule> days;
    /// A schedule that has no text.
    std::optional<Schedule> schedule;

    // For the program to bind again:
    bool own_task = false;
    bool own_run_strategy = false;
    bool own_schedule = false;

    [[nodiscard]] bool needs_binding() const {
        return own_task || own_run_strategy || own_schedule;
    }
};

/// Sets the properties that `text` holds. An unknown key or word is an error: it is of a newer
/// program, and a definition is never followed in part. Commands share what they say alike.
[[nodiscard]] Result<Restored> apply_definition(std::string_view text, Job& job,
                                                CommonCommands& commands);

}  // namespace quantum::sqlite
