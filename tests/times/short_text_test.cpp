#include "times/short_text.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "support/instants.hpp"
#include "zone/zone.hpp"

namespace quantum::times {
namespace {

using namespace std::chrono_literals;
using test::at;

TEST(SpanText, LeavesOutWhatIsNothing) {
    EXPECT_EQ(span_text(130us), "130us");
    EXPECT_EQ(span_text(29ms), "29ms");
    EXPECT_EQ(span_text(1200ms), "1.2s");
    EXPECT_EQ(span_text(5s), "5s");
    EXPECT_EQ(span_text(12s + 300ms), "12s");
    EXPECT_EQ(span_text(4min + 12s), "4m12s");
    EXPECT_EQ(span_text(9min), "9m");
    EXPECT_EQ(span_text(2h), "2h");
    EXPECT_EQ(span_text(2h + 5min), "2h05m");
    EXPECT_EQ(span_text(76h), "3d04h");
    EXPECT_EQ(span_text(48h), "2d");
    EXPECT_EQ(span_text(-90s), "-1m30s");
}

struct ShortTimesTest : testing::Test {
    // Tuesday, 24 November 2026, 14:30 in Zurich.
    ShortTimes times{zone::Zone::named("Europe/Zurich"), at("2026-11-24 13:30:00")};
};

TEST_F(ShortTimesTest, LoseTheirDateWhenItIsToday) {
    EXPECT_EQ(times.text(at("2026-11-24 01:30:00")), "02:30");
    EXPECT_EQ(times.text(at("2026-11-24 01:30:09")), "02:30:09");
    EXPECT_EQ(times.text(at("2026-11-23 23:00:00")), "00:00") << "today begins";
    EXPECT_EQ(times.text(at("2026-11-23 22:59:00")), "Mon 23:59");
    EXPECT_EQ(times.with_seconds(at("2026-11-24 01:30:00")), "02:30:00");
}

TEST_F(ShortTimesTest, HaveAWeekdayWithinAWeekAndADateBeyond) {
    EXPECT_EQ(times.text(at("2026-11-18 01:30:00")), "Wed 02:30");
    EXPECT_EQ(times.text(at("2026-11-17 01:30:00")), "17 Nov 02:30");
    EXPECT_EQ(times.text(at("2026-11-30 01:30:00")), "Mon 02:30");
    EXPECT_EQ(times.text(at("2026-12-01 01:30:00")), "1 Dec 02:30");
    EXPECT_EQ(times.text(at("2027-03-28 01:00:00")), "28 Mar 03:00") << "four months on";
    EXPECT_EQ(times.text(at("2027-06-28 01:00:00")), "28 Jun 2027 03:00");
    EXPECT_EQ(times.text(at("2025-11-24 01:30:00")), "24 Nov 2025 02:30");
}

TEST_F(ShortTimesTest, TellDaysAndDistances) {
    EXPECT_EQ(times.day(at("2027-03-28 01:00:00")), "Sun 28 Mar 2027");
    EXPECT_EQ(times.day(at("2026-11-24 01:00:00")), "Tue 24 Nov");
    EXPECT_EQ(times.relative(at("2026-11-24 15:35:00")), "in 2h05m");
    EXPECT_EQ(times.relative(at("2026-11-24 13:27:00")), "3m ago");
    EXPECT_EQ(times.relative(at("2026-11-24 13:30:00")), "now");
}

}  // namespace
}  // namespace quantum::times
