#pragma once

#include <vector>

#include "verify/findings.hpp"
#include "verify/slot_match.hpp"

namespace quantum::verify {

/// Checks whether what was observed to run agrees with the rows of the job.
void check_witnesses(const JobView& job, const std::vector<Row>& rows,
                     const std::vector<const Witness*>& witnesses, JobFindings& findings);

}  // namespace quantum::verify
