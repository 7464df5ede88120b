#pragma once

#include <cstddef>
#include <vector>

#include "verify/findings.hpp"
#include "verify/slot_match.hpp"

namespace quantum::verify {

/// What one part of a job's history passes on to the next.
struct PolicyMemory {
    /// How many runs the current recovery may have had.
    std::size_t perhaps_ran = 0;
    bool began = false;  ///< a decision was looked at
};

/// Checks whether each decision follows the job's policies. Reports all discrepancies except for
/// overlaps and covers, which require other rows.
void check_policies(const JobView& job, const std::vector<Decision>& decisions,
                    PolicyMemory& memory, JobFindings& findings);

/// The definition that decided: the one in force, or at the boundary between two, the one named by
/// the row.
[[nodiscard]] std::size_t deciding_revision(const JobView& job, const Decision& decision);

}  // namespace quantum::verify
