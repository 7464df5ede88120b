#pragma once

#include "quantum/verify.hpp"

#include "verify/clock_history.hpp"
#include "verify/findings.hpp"
#include "verify/interval_set.hpp"

namespace quantum::verify {

/// Checks how many ran concurrently: more than `History::concurrency` is a finding. Returns when
/// all slots may have been taken, which explains why others waited.
[[nodiscard]] IntervalSet check_limit(const History& history, const ClockHistory& timeline,
                                      Findings& findings);

}  // namespace quantum::verify
