#pragma once

#include <vector>

#include "quantum/result.hpp"

#include "why/cause.hpp"
#include "why/context.hpp"

namespace quantum::why {

/// Why a due time that is over has no row. Errors: of the ledger.
[[nodiscard]] Result<std::vector<Cause>> why_no_row(const Context& context,
                                                    const JobRevision& revision, WallTime due);

/// What will become of a due time that is yet to come. Errors: of the ledger.
[[nodiscard]] Result<std::vector<Cause>> what_will_be(const Context& context,
                                                      const JobRevision& revision, WallTime due);

}  // namespace quantum::why
