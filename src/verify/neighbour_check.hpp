#pragma once

#include "verify/findings.hpp"
#include "verify/open_runs.hpp"
#include "verify/slot_match.hpp"

namespace quantum::verify {

/// Did the runs whose turn it is to be judged begin beside others, and in their order?
void check_neighbours(const JobView& job, const OpenRuns& open, JobFindings& findings);

}  // namespace quantum::verify
