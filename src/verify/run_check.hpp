#pragma once

#include "verify/findings.hpp"
#include "verify/job_records.hpp"
#include "verify/job_slots.hpp"
#include "verify/open_runs.hpp"
#include "verify/timeline.hpp"

namespace quantum::verify {

/// Does each row make sense by itself, in time, beside the others of its job?
void check_runs(const JobRecords& records, const JobSlots& slots, const OpenRuns& open,
                const Timeline& timeline, const Surroundings& around, Findings& findings);

}  // namespace quantum::verify
