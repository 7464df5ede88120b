#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quantum/result.hpp"

#include "why/cause.hpp"
#include "why/context.hpp"

namespace quantum::why {

/// A period in which due times could not be decided when they were due.
struct Trouble {
    enum class Kind : std::uint8_t {
        restart,     ///< nobody ran
        late,        ///< the machine slept, or the storage refused
        forward,     ///< the clock was set forward
        correction,  ///< so far that nothing is caught up
        backward,    ///< the clock was set back
    };
    Kind kind = Kind::restart;
    WallTime from;
    WallTime to;
    Row row{};

    [[nodiscard]] bool holds(WallTime instant) const { return instant > from && instant <= to; }
};

/// Those that meet [from, until], in the order in which they were noted. Errors: of the ledger.
[[nodiscard]] Result<std::vector<Trouble>> troubles_between(const Context& context, WallTime from,
                                                            WallTime until);

/// The one that keeps a due time from being decided until `decided`, if there is one.
[[nodiscard]] std::optional<Trouble> trouble_of(const std::vector<Trouble>& troubles, WallTime due,
                                                WallTime decided);

/// "no scheduler ran from 01:55 to 03:20"
[[nodiscard]] std::string words(const Context& context, const Trouble& trouble);
[[nodiscard]] Cause cause_of(const Context& context, const Trouble& trouble);

/// When the scheduler came back after `instant`; none: it has not been away since, or it has not
/// come back yet. Errors: of the ledger.
[[nodiscard]] Result<std::optional<Trouble>> restart_after(const Context& context,
                                                           WallTime instant);

}  // namespace quantum::why
