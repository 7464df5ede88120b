#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "quantum/job.hpp"
#include "quantum/result.hpp"

#include "model/packed_command.hpp"

namespace quantum::sqlite {

/// The properties of a Job without a column of their own, as one line of JSON: the task, and every
/// property that differs from the default. Keys and words are part of the file format.
///
/// A function, a schedule that is not an expression, and a custom run strategy cannot be stored as
/// text; only their presence is recorded. Bytes that are not valid UTF-8 are kept unchanged.
[[nodiscard]] std::string definition_text(const Job& job);

/// What a text contains apart from the properties of the job.
struct Restored {
    /// The schedule's DST options, for parsing its text.
    DstPolicy dst;
    /// Its day rule, if it is not the dialect's.
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

/// Sets the properties in `text`. An unknown key or word is an error: it comes from a newer
/// program, and a definition is never applied in part. Commands share what they have in common.
[[nodiscard]] Result<Restored> apply_definition(std::string_view text, Job& job,
                                                model::CommonCommands& commands);

}  // namespace quantum::sqlite
