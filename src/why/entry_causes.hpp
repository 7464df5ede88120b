#pragma once

#include <vector>

#include "quantum/result.hpp"

#include "why/cause.hpp"
#include "why/context.hpp"

namespace quantum::why {

/// Why an entry is as it is: the decisive cause first, then what lies behind it. `due`: the due
/// time that was asked about, which matters for a range. Errors: of the ledger.
[[nodiscard]] Result<std::vector<Cause>> causes_of(const Context& context, const Entry& entry,
                                                   WallTime due);

// Its parts, by the state of the entry.
[[nodiscard]] Result<std::vector<Cause>> causes_of_ended(const Context& context,
                                                         const Entry& entry);
[[nodiscard]] Result<std::vector<Cause>> causes_of_open(const Context& context, const Entry& entry);
[[nodiscard]] Result<std::vector<Cause>> causes_of_skipped(const Context& context,
                                                           const Entry& entry, WallTime due);

/// "attempt 3 of 4"; empty if the job makes only one.
[[nodiscard]] std::string attempt_text(const Context& context, const Entry& entry,
                                       std::uint32_t attempt);

}  // namespace quantum::why
