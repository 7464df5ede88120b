#pragma once

#include "quantum/job.hpp"

namespace quantum::model {

/// True if both definitions are the same, regardless of pauses. A new line number in the source is
/// not a change, nor is an interval's anchor; a function never equals another.
[[nodiscard]] bool same_definition(const Job& job, const Job& other);

/// The same, whatever their tasks are.
[[nodiscard]] bool same_definition_but_task(const Job& job, const Job& other);

}  // namespace quantum::model
