#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quantum {

/// What may keep a job from running as its owner expects.
enum class ProblemKind : std::uint8_t {
    unbound,      ///< it has no function: its due times are claimed and wait
    no_due_time,  ///< its schedule has no further due time
    stuck,        ///< a function continues after its timeout
};

/// "unbound" …
[[nodiscard]] std::string_view to_string(ProblemKind kind);

/// A job that has a problem. The text is that of `JobStatus::problem`.
struct JobProblem {
    std::string job;
    ProblemKind kind = ProblemKind::unbound;
    std::string text;
};

}  // namespace quantum
