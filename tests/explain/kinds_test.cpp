// Schedules that are no expression, and the words about changes of the clock.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "quantum/explain.hpp"

#include "support/instants.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

Schedule cron(const char* text, const char* zone = "UTC", DstPolicy dst = {}) {
    return *parse_schedule(text, {.zone = zone, .dst = dst});
}

TEST(KindsTest, IntervalsNameTheirUnits) {
    const WallTime anchor = at("2026-11-22T00:00:00Z");
    const auto every = [anchor](Duration period) {
        return explain(Schedule::every(period, anchor));
    };
    EXPECT_EQ(every(1s), "Every second, counted from when the job was added.");
    EXPECT_EQ(every(90min), "Every 1 hour and 30 minutes, counted from when the job was added.");
    EXPECT_EQ(every(49h + 1s),
              "Every 2 days, 1 hour and 1 second, counted from when the job was added.");
    EXPECT_EQ(every(1500us),
              "Every 1 millisecond and 500 microseconds, counted from when the job was added.");
}

TEST(KindsTest, OnceNamesItsInstant) {
    EXPECT_EQ(explain(Schedule::once(at("2026-11-22T08:30:00Z"))),
              "Once, at 08:30 on 22 November 2026 UTC.");
    EXPECT_EQ(explain(Schedule::once(at("2026-11-22T08:30:05Z") + 250ms)),
              "Once, at 08:30:05.250000 on 22 November 2026 UTC.");
}

TEST(KindsTest, UnionsSayEachPartAndEachRemarkOnce) {
    EXPECT_EQ(explain(Schedule::any_of({cron("0 9 31 * *"), cron("0 17 31 * *")})),
              "At 09:00 on the 31st of the month; and also at 17:00 on the 31st of the month. "
              "Months without a 31st have no run.");
}

TEST(KindsTest, ExclusionsSayWhatIsLeftOut) {
    EXPECT_EQ(explain(cron("0 9 * * *").except(cron("0 9 * * 0"))),
              "At 09:00 every day; but not when this is due too: at 09:00 every Sunday.");
    using namespace std::chrono;
    EXPECT_EQ(explain(cron("0 9 * * *").except_dates({2026y / 12 / 25, 2027y / 1 / 1})),
              "At 09:00 every day, except on 25 December 2026 and 1 January 2027.");
    EXPECT_EQ(explain(cron("0 9 * * *")
                          .except_dates({2026y / 1 / 1, 2026y / 1 / 2, 2026y / 1 / 3, 2026y / 1 / 4,
                                         2026y / 1 / 5, 2026y / 5 / 6})),
              "At 09:00 every day, except on 6 dates from 1 January 2026 to 6 May 2026.");
}

TEST(KindsTest, WindowsNameTheirEnds) {
    const auto from = at("2026-12-01T00:00:00Z");
    const auto until = at("2027-01-01T00:00:00Z");
    EXPECT_EQ(explain(cron("0 9 * * *").within(from, until)),
              "At 09:00 every day, not before 00:00 on 1 December 2026 UTC and only until 00:00 on "
              "1 January 2027 UTC.");
    EXPECT_EQ(explain(cron("0 9 * * *").within(std::nullopt, until)),
              "At 09:00 every day, only until 00:00 on 1 January 2027 UTC.");
}

TEST(KindsTest, ClockChangesAreSaidAsThePolicyHasThem) {
    const std::string at_gap = "At 02:30 every day, America/New_York time.";
    const auto gap = [](DstGap word) {
        return explain(cron("30 2 * * *", "America/New_York", {.gap = word}));
    };
    EXPECT_EQ(gap(DstGap::end),
              at_gap + " When the clock skips a time that is due, it runs right after the change.");
    EXPECT_EQ(gap(DstGap::shift), at_gap +
                                      " When the clock skips a time that is due, it runs as much "
                                      "later as the clock moves.");
    EXPECT_EQ(gap(DstGap::skip),
              at_gap + " When the clock skips a time that is due, it runs not at all.");

    const std::string at_repeat = "At 01:30 every day, America/New_York time.";
    const auto repeat = [](DstRepeat word) {
        return explain(cron("30 1 * * *", "America/New_York", {.repeat = word}));
    };
    const std::string twice = " When the clock shows a time that is due twice, it runs ";
    EXPECT_EQ(repeat(DstRepeat::automatic), at_repeat + twice + "the first time only.");
    EXPECT_EQ(repeat(DstRepeat::second), at_repeat + twice + "the second time only.");
    EXPECT_EQ(repeat(DstRepeat::none), at_repeat + twice + "not at all.");
    EXPECT_EQ(repeat(DstRepeat::both), at_repeat);
}

}  // namespace
}  // namespace quantum::test
