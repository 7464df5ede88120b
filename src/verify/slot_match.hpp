#pragma once

#include <cstddef>
#include <vector>

#include "verify/findings.hpp"
#include "verify/job_records.hpp"
#include "verify/job_slots.hpp"
#include "verify/timeline.hpp"

namespace quantum::verify {

/// An entry and the due times it answers for.
struct Decision {
    const Entry* entry = nullptr;
    std::size_t first_slot = 0;
    std::size_t last_slot = 0;  ///< the same for a row of one due time
};

/// Joins ledger and due times: tells what is lost, doubled, phantom, stale, and returns the rest
/// in the order of the due times for the policies to be looked at.
[[nodiscard]] std::vector<Decision> match_slots(const JobRecords& records, const JobSlots& slots,
                                                const Timeline& timeline,
                                                const Surroundings& around, Findings& findings);

}  // namespace quantum::verify
