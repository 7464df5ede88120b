#include <cstdio>

#include "quantum/quantum.hpp"

// What a stranger does first: ask when a schedule is due, and let a scheduler run a job.
int main() {
    using namespace std::chrono;
    auto quarter = quantum::parse_schedule("*/15 * * * *");
    if (!quarter) return 1;
    const auto due = quarter->next(sys_days{2026y / 11 / 22});
    if (!due) return 1;
    const auto day = floor<days>(*due);
    const year_month_day date{day};
    const hh_mm_ss time{floor<seconds>(*due - day)};
    std::printf("%04d-%02u-%02uT%02ld:%02ld:%02ldZ\n", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<long>(time.hours().count()), static_cast<long>(time.minutes().count()),
                static_cast<long>(time.seconds().count()));
    return 0;
}
