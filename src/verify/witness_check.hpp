#pragma once

#include "verify/findings.hpp"
#include "verify/job_records.hpp"
#include "verify/timeline.hpp"

namespace quantum::verify {

/// Does what was seen to run agree with the ledger? Only where somebody watched.
void check_witnesses(const JobRecords& records, const Timeline& timeline,
                     const Surroundings& around, Findings& findings);

}  // namespace quantum::verify
