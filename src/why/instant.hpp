#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "quantum/result.hpp"

#include "why/cause.hpp"
#include "why/context.hpp"

namespace quantum::why {

/// One instant of a job: which entries it has, and what they say; or why it has none.
class Instant {
public:
    /// `context` is kept by reference, and holds the facts about the instant.
    Instant(const Context& context, WallTime at,
            std::optional<std::chrono::local_seconds> missing = {});

    /// One answer for each pass of the clock and each target; at least one.
    [[nodiscard]] Result<std::vector<Answer>> answers() const;

    /// The answer about one entry.
    [[nodiscard]] Result<Answer> answer_about(const Entry& entry) const;

    /// True if the definition in force then names it.
    [[nodiscard]] static bool is_due(const JobRevision& revision, WallTime at);

private:
    [[nodiscard]] std::vector<const Entry*> entries() const;
    [[nodiscard]] Result<std::vector<Cause>> without_entry() const;
    [[nodiscard]] Cause no_such_job() const;
    [[nodiscard]] bool is_paused_now() const;
    [[nodiscard]] Answer blank() const;

    const Context& context_;
    const WallTime at_;
    const std::optional<std::chrono::local_seconds> missing_;
    const JobRevision* const revision_;  // in force then; null: none
    const bool is_due_;
};

}  // namespace quantum::why
