#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "quantum/schedule.hpp"

#include "zone/zone.hpp"

/// Due times of schedules made of schedules.
namespace quantum::schedule {

[[nodiscard]] std::optional<WallTime> next_of_any(const std::vector<Schedule>& parts,
                                                  WallTime after);
[[nodiscard]] std::optional<WallTime> prev_of_any(const std::vector<Schedule>& parts,
                                                  WallTime before);

[[nodiscard]] std::optional<WallTime> next_except(const Schedule& base, const Schedule& excluded,
                                                  WallTime after);
[[nodiscard]] std::optional<WallTime> prev_except(const Schedule& base, const Schedule& excluded,
                                                  WallTime before);

/// `dates` are sorted; they are dates of `zone`.
[[nodiscard]] std::optional<WallTime> next_except_dates(
    const Schedule& base, const zone::Zone& zone,
    const std::vector<std::chrono::year_month_day>& dates, WallTime after);
[[nodiscard]] std::optional<WallTime> prev_except_dates(
    const Schedule& base, const zone::Zone& zone,
    const std::vector<std::chrono::year_month_day>& dates, WallTime before);

/// Instants strictly between at which runs are left out: see `Schedule::next_left_out`.
[[nodiscard]] std::optional<WallTime> next_left_out_of_any(const std::vector<Schedule>& parts,
                                                           WallTime after, WallTime before);
[[nodiscard]] std::optional<WallTime> next_left_out_except(const Schedule& base,
                                                           const Schedule& excluded, WallTime after,
                                                           WallTime before);
[[nodiscard]] std::optional<WallTime> next_left_out_except_dates(
    const Schedule& base, const zone::Zone& zone,
    const std::vector<std::chrono::year_month_day>& dates, WallTime after, WallTime before);

}  // namespace quantum::schedule
