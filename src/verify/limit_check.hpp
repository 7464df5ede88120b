#pragma once

#include "quantum/verify.hpp"

#include "verify/findings.hpp"
#include "verify/interval_set.hpp"
#include "verify/timeline.hpp"

namespace quantum::verify {

/// How many ran at once: more than `History::concurrency` is a finding. When all places may have
/// been taken is the reason why others waited: that is the answer.
[[nodiscard]] IntervalSet check_limit(const History& history, const Timeline& timeline,
                                      Findings& findings);

}  // namespace quantum::verify
