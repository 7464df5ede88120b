#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "quantum/clock.hpp"
#include "quantum/result.hpp"

#include "zone/zone.hpp"

namespace quantum::times {

/// What a question is about, which decides what a bare time of day or duration means.
enum class Tense : std::uint8_t {
    past,    ///< "02:30" is the latest one, "2h" lies back
    future,  ///< "02:30" is the next one, "2h" lies ahead
};

/// How exactly a time was given.
enum class Precision : std::uint8_t { instant, second, minute, day };

/// A time as somebody wrote it.
struct Moment {
    WallTime at;
    /// The local time was shown twice: its second instant.
    std::optional<WallTime> again{};
    bool is_missing = false;  ///< the local time does not exist: `at` is the instant after the gap
    Precision precision = Precision::instant;

    /// The last instant that is meant, if the first is `from`: `at` or `again`. For a day: of it.
    [[nodiscard]] WallTime last(WallTime from) const;
    /// As the begin of a period: the first pass of a local time that is shown twice.
    [[nodiscard]] WallTime as_start() const { return at; }
    /// As the end of a period: the second pass.
    [[nodiscard]] WallTime as_end() const { return again.value_or(at); }

    std::optional<WallTime> next_day{};  ///< for a day: the first instant of the next one
};

/// What a text is read by.
struct MomentContext {
    WallTime now;
    const zone::Zone* zone = nullptr;  ///< of local times; null: UTC
    Tense tense = Tense::past;
};

/// Reads a time in the one grammar of all commands:
///
///     now
///     2026-11-22T02:30:00Z                     RFC 3339
///     [today|yesterday|tomorrow|2026-11-22] [02:30[:15]]
///     2h, -2h, +1h30m                          from now; a sign decides, or else the tense
///
/// Errors: `invalid_argument` with the forms that are understood.
[[nodiscard]] Result<Moment> parse_moment(std::string_view text, const MomentContext& context);

}  // namespace quantum::times
