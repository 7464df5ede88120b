#pragma once

#include <string>
#include <vector>

#include "quantum/result.hpp"

#include "why/context.hpp"

namespace quantum::why {

/// "paused by oncall since Mon 18:00, "vendor down", until Tue 09:00; resumed Tue 08:51 by ops".
/// `revision` is paused or inactive; null: unknown. Adds what it rests on to `rows`.
[[nodiscard]] Result<std::string> pause_text(const Context& context, const JobRevision* revision,
                                             std::vector<Row>& rows);

}  // namespace quantum::why
