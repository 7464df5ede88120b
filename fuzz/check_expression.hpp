#pragma once

#include <chrono>
#include <cstdlib>
#include <string_view>

#include "quantum/cron.hpp"
#include "quantum/schedule.hpp"

/// What must hold for any text at all; stops the program where it does not.
namespace quantum::fuzz {

inline void require(bool holds) {
    if (!holds) std::abort();
}

inline void check_expression(std::string_view text, Dialect dialect) {
    const auto expression = parse_cron(text, dialect, "job");
    if (expression) {
        const auto written = format_cron(*expression, dialect);
        if (written) require(parse_cron(*written, dialect) == expression);
    }
    const auto schedule =
        parse_schedule(text, {.dialect = dialect, .zone = "America/New_York", .name = "job"});
    if (!schedule) {
        const ScheduleError& error = schedule.error();
        require(!error.message.empty());
        require(error.column >= 1 && error.column <= text.size() + 1 && error.length >= 1);
        return;
    }
    WallTime at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};
    for (int i = 0; i < 20; ++i) {
        const auto due = schedule->next(at);
        if (!due) break;
        require(*due > at && schedule->matches(*due));
        require(schedule->prev(*due + Duration{1}) == due);
        at = *due;
    }
}

}  // namespace quantum::fuzz
