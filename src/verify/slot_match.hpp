#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "verify/clock_history.hpp"
#include "verify/definitions.hpp"
#include "verify/findings.hpp"
#include "verify/job_records.hpp"
#include "verify/mutant.hpp"
#include "verify/slot_stream.hpp"

namespace quantum::verify {

/// A row and the due times it accounts for.
struct Decision {
    const Row* row = nullptr;
    Slot first;
    Slot last;  ///< the same for a row of one due time
};

/// What is known of one job.
struct JobView {
    const JobRecords& records;
    const Definitions& definitions;
    const ClockHistory& timeline;
    const Surroundings& around;

    /// Of a row from before the clock was set back behind the edge of retention, whose definition
    /// went with what is older than the edge.
    [[nodiscard]] bool lost_its_definition(const Row& row) const {
        return around.history.retained_from && timeline.seen_twice(row.due) &&
               !records.revision_of(row, row.claimed_at);
    }

    /// See JobRecords. Where the clock was set back over its decision, which of several definitions
    /// of one number was there cannot be told: any of them.
    [[nodiscard]] std::optional<std::uint32_t> most_attempts(const Row& row) const {
        const auto own =
            timeline.seen_twice(row.claimed_at) && !mutated(VerifyMutant::newest_life_counts)
                ? records.first_named(row)
                : records.revision_of(row, row.claimed_at);
        return records.most_attempts(own.value_or(0));
    }
};

/// Of one part of a job's history: everything due from where `slots` stands up to `end`.
struct MatchPart {
    std::vector<const Row*> rows;       ///< of one due time each, by due time, pass and target
    std::vector<const Row*> stretches;  ///< by due time and pass; none reaches beyond the part
    WallTime end;                       ///< exclusive
};

struct Matched {
    std::vector<Decision> decisions;  ///< in the order of the due times
    std::size_t due_times = 0;        ///< how many were looked at
};

/// Matches the ledger with the due times: reports lost, duplicate, phantom and stale entries, and
/// returns the rest for the policy checks.
[[nodiscard]] Matched match_slots(const JobView& job, const MatchPart& part, SlotStream& slots,
                                  JobFindings& findings);

}  // namespace quantum::verify
