// Schedules without a scheduler: when is it due?
#include <chrono>
#include <iostream>
#include <string>

#include <quantum/cron.hpp>

#include "quantum/explain.hpp"
#include "quantum/schedule.hpp"

using namespace std::chrono_literals;
using namespace quantum::literals;
using quantum::Schedule;
using quantum::WallTime;

namespace {

void show(const std::string& what, const Schedule& schedule, WallTime from, int count) {
    std::cout << what << ":";
    for (const WallTime due : schedule.after(from)) {
        const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(due)};
        const std::chrono::hh_mm_ss time{due - std::chrono::floor<std::chrono::days>(due)};
        std::cout << ' ' << static_cast<unsigned>(date.month()) << '/'
                  << static_cast<unsigned>(date.day()) << '-' << time.hours().count() << 'h'
                  << time.minutes().count();
        if (--count == 0) break;
    }
    std::cout << '\n';
}

}  // namespace

int main() {
    // Instants are UTC; this one is a Sunday.
    const WallTime from = std::chrono::sys_days{2026y / 11 / 22};

    // A literal is read by the compiler: "61 * * * *"_cron is a compile error.
    constexpr auto quarter = "*/15 * * * *"_cron;
    show("quarter", *Schedule::of(quarter, "Europe/Zurich"), from, 2);

    // Text from elsewhere may be wrong.
    const auto wrong = quantum::parse_schedule("0 9 * * TUES");
    if (!wrong) std::cout << "error: " << wrong.error().to_error().message << '\n';

    const auto weekdays = quantum::parse_schedule("0 9 * * 1-5", {.zone = "America/New_York"});
    if (!weekdays) return 1;
    show("weekdays", *weekdays, from, 2);
    std::cout << quantum::explain(*weekdays) << '\n';

    // Schedules that are no cron.
    show("every", Schedule::every(90min, from), from, 2);
    show("once", Schedule::once(from + 36h), from, 2);

    // And all of them put together.
    const Schedule saturday = *quantum::parse_schedule("0 12 * * 6", {.zone = "America/New_York"});
    show("any of", Schedule::any_of({*weekdays, saturday}), from + 96h, 3);
    show("except", weekdays->except(*quantum::parse_schedule("* * * * 2")), from, 2);
    show("but on holidays", weekdays->except_dates({2026y / 11 / 26}), from + 72h, 2);
    show("in a window", weekdays->within(from + 48h, from + 96h), from, 9);
    show("three times", weekdays->at_most(3, from), from, 9);
}
