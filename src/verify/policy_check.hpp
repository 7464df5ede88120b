#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "verify/findings.hpp"
#include "verify/row.hpp"
#include "verify/slot_match.hpp"

namespace quantum::verify {

/// Left out for the cap of a recovery that has not been seen to its end: the newest run, so what
/// justifies it comes after it.
struct OverCap {
    Row row;
    std::size_t cap = 0;
    std::string text;  ///< of the finding, if the recovery turns out to have run fewer
};

/// What one part of a job's history hands on to the next.
struct PolicyMemory {
    /// How many runs the recovery that is under way may have had.
    std::size_t perhaps_ran = 0;
    bool began = false;  ///< a decision was looked at
    std::vector<OverCap> over_cap;
};

/// Is each decision what the job's policies say? Told is what does not fit, but for overlaps and
/// covers: those ask for other rows. `is_last`: no part follows.
void check_policies(const JobView& job, const std::vector<Decision>& decisions,
                    PolicyMemory& memory, JobFindings& findings, bool is_last);

/// The definition that decided: the one in force; on the edge of two, the one that the row names.
[[nodiscard]] std::size_t deciding_revision(const JobView& job, const Decision& decision);

}  // namespace quantum::verify
