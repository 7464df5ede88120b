#pragma once

#include "verify/findings.hpp"
#include "verify/open_runs.hpp"
#include "verify/slot_match.hpp"

namespace quantum::verify {

/// Checks whether the runs whose turn it is started concurrently with others, and in their order.
void check_neighbours(const JobView& job, const OpenRuns& open, JobFindings& findings);

}  // namespace quantum::verify
