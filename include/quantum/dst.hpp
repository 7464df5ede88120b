#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace quantum {

/// Where the runs of a gap (local times that do not exist when clocks go forward) go.
/// Schedules with a running hour (`0 * * * *`, `0 */2 * * *`) never gain a run.
enum class DstGap : std::uint8_t {
    end,    ///< one run at the first instant after the gap
    shift,  ///< each later by the width of the gap
    skip,   ///< none
};

/// Which passes of repeated local times (clocks go back) run.
enum class DstRepeat : std::uint8_t {
    automatic,  ///< the first; both where hour, minute or second is running ("auto")
    first,
    second,
    both,
    none,
};

/// What a schedule does where its zone changes its UTC offset.
struct DstPolicy {
    DstGap gap = DstGap::end;
    DstRepeat repeat = DstRepeat::automatic;

    friend constexpr bool operator==(const DstPolicy&, const DstPolicy&) = default;
};

/// "vixie" (the default), "robfig", "quartz" or "quantum": the habits of other schedulers.
/// `quartz` silences even an hourly job in the first pass, as the original does.
[[nodiscard]] std::optional<DstPolicy> dst_preset_named(std::string_view name);
[[nodiscard]] std::optional<DstGap> dst_gap_named(std::string_view word);
[[nodiscard]] std::optional<DstRepeat> dst_repeat_named(std::string_view word);
[[nodiscard]] std::string_view to_string(DstGap gap);
[[nodiscard]] std::string_view to_string(DstRepeat repeat);

}  // namespace quantum
