#pragma once

#include "quantum/verify.hpp"

#include "verify/clock_history.hpp"
#include "verify/findings.hpp"
#include "verify/interval_set.hpp"

namespace quantum::verify {

/// How many ran at once: more than `History::concurrency` is a finding. When all places may have
/// been taken is the reason why others waited: that is the answer.
[[nodiscard]] IntervalSet check_limit(const History& history, const ClockHistory& timeline,
                                      Findings& findings);

}  // namespace quantum::verify
