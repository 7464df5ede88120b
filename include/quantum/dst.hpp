#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace quantum {

/// What happens to runs in a gap (local times that do not exist when clocks go forward).
/// Schedules with a running hour (`0 * * * *`, `0 */2 * * *`) never gain a run.
enum class DstGap : std::uint8_t {
    end,    ///< one run at the first instant after the gap
    shift,  ///< each is moved later by the width of the gap
    skip,   ///< none
};

/// Which occurrences of repeated local times (when clocks go back) run.
enum class DstRepeat : std::uint8_t {
    automatic,  ///< the first; both if the hour, minute or second is running ("auto")
    first,
    second,
    both,
    none,
};

/// What a schedule does when the UTC offset of its zone changes.
struct DstPolicy {
    DstGap gap = DstGap::end;
    DstRepeat repeat = DstRepeat::automatic;

    friend constexpr bool operator==(const DstPolicy&, const DstPolicy&) = default;
};

/// "vixie" (the default), "robfig", "quartz" or "quantum": the behavior of other schedulers.
/// `quartz` silences even an hourly job during the first occurrence, like the original.
[[nodiscard]] std::optional<DstPolicy> dst_preset_named(std::string_view name);
[[nodiscard]] std::optional<DstGap> dst_gap_named(std::string_view word);
[[nodiscard]] std::optional<DstRepeat> dst_repeat_named(std::string_view word);
[[nodiscard]] std::string_view to_string(DstGap gap);
[[nodiscard]] std::string_view to_string(DstRepeat repeat);

}  // namespace quantum
