#pragma once

#include <optional>
#include <string>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "times/moment.hpp"

namespace quantum::cli {

/// Which side of a period an option names, which matters for a local time that is shown twice.
enum class PeriodSide : std::uint8_t { start, end };

/// The instant that `text`, the value of `option`, means. None if the text is empty.
/// Errors: `invalid_argument`, beginning with the option.
[[nodiscard]] Result<std::optional<WallTime>> moment_of(const std::string& option,
                                                        const std::string& text, PeriodSide side,
                                                        const times::MomentContext& context);

/// The zone of an option `--tz`; empty: the machine's. Errors: `invalid_argument` if it is unknown.
[[nodiscard]] Result<const zone::Zone*> zone_option(const std::string& name);

/// Now, and the zone of `--tz`: what the times of a command are read by.
[[nodiscard]] Result<times::MomentContext> moment_context(const std::string& zone,
                                                          times::Tense tense);

/// The value of `--from` in a question about the future; empty: now. Errors: `invalid_argument`.
[[nodiscard]] Result<WallTime> start_of(const std::string& text, const std::string& zone);

}  // namespace quantum::cli
