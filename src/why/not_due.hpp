#pragma once

#include <chrono>
#include <optional>

#include "why/cause.hpp"
#include "why/context.hpp"

namespace quantum::why {

/// Why an instant is no due time of a definition. `missing`: the local time that was asked about,
/// if it does not exist, `instant` being the first one after the gap.
[[nodiscard]] Cause why_not_due(const Context& context, const JobRevision& revision,
                                WallTime instant,
                                std::optional<std::chrono::local_seconds> missing = {});

}  // namespace quantum::why
