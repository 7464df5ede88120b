#pragma once

#include <vector>

#include "verify/findings.hpp"
#include "verify/job_records.hpp"
#include "verify/job_slots.hpp"
#include "verify/open_runs.hpp"
#include "verify/slot_match.hpp"
#include "verify/timeline.hpp"

namespace quantum::verify {

/// Was each due time given the fate that the job's policies name? Misfire, grace, caps, overlap,
/// pauses, replaced definitions.
void check_policies(const JobRecords& records, const JobSlots& slots, const OpenRuns& open,
                    const std::vector<Decision>& decisions, const Timeline& timeline,
                    const Surroundings& around, Findings& findings);

}  // namespace quantum::verify
