#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/cron.hpp"
#include "quantum/schedule.hpp"

#include "support/instants.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

Schedule cron(const char* text, const char* zone = "UTC", DstPolicy dst = {}) {
    return *parse_schedule(text, {.zone = zone, .dst = dst});
}

std::vector<std::string> first(std::size_t count, const DueTimes& times) {
    std::vector<std::string> out;
    for (const WallTime due : times) {
        if (out.size() == count) break;
        out.push_back(text_of(due));
    }
    return out;
}

using Texts = std::vector<std::string>;
const WallTime start = at("2026-11-22T00:00:00Z");

TEST(CombinedTest, StreamsRunBothWays) {
    EXPECT_EQ(first(3, cron("0 */6 * * *").after(start)),
              (Texts{"2026-11-22T06:00:00Z", "2026-11-22T12:00:00Z", "2026-11-22T18:00:00Z"}));
    EXPECT_EQ(first(3, cron("0 */6 * * *").before(start)),
              (Texts{"2026-11-21T18:00:00Z", "2026-11-21T12:00:00Z", "2026-11-21T06:00:00Z"}));
    EXPECT_EQ(first(3, cron("@reboot").after(start)), Texts{});
}

TEST(CombinedTest, OnceIsDueOnce) {
    const Schedule once = Schedule::once(start + 1h);
    EXPECT_EQ(first(5, once.after(start)), Texts{"2026-11-22T01:00:00Z"});
    EXPECT_EQ(first(5, once.before(start + 2h)), Texts{"2026-11-22T01:00:00Z"});
    EXPECT_EQ(once.next(start + 1h), std::nullopt);
    EXPECT_TRUE(once.matches(start + 1h));
}

TEST(CombinedTest, EveryCountsFromItsAnchorBothWays) {
    const Schedule every = Schedule::every(90min, start);
    EXPECT_EQ(first(2, every.after(start)),
              (Texts{"2026-11-22T01:30:00Z", "2026-11-22T03:00:00Z"}));
    EXPECT_EQ(first(9, every.before(start + 3h)), Texts{"2026-11-22T01:30:00Z"});
    EXPECT_EQ(every.prev(start + 90min), std::nullopt) << "the anchor itself is not due";
    EXPECT_EQ(every.prev(start + 91min), start + 90min);
    EXPECT_FALSE(every.matches(start));
    EXPECT_EQ(every.period(), Duration{90min});
}

TEST(CombinedTest, AUnionSharesEqualInstants) {
    const Schedule both = Schedule::any_of({cron("0 6 * * *"), cron("0 6,7 * * *")});
    EXPECT_EQ(first(3, both.after(start)),
              (Texts{"2026-11-22T06:00:00Z", "2026-11-22T07:00:00Z", "2026-11-23T06:00:00Z"}));
    EXPECT_EQ(both.prev(start), at("2026-11-21T07:00:00Z"));
}

TEST(CombinedTest, ExclusionTakesDueTimesAway) {
    const Schedule but_noon = cron("0 */6 * * *").except(cron("0 12 * * *"));
    EXPECT_EQ(first(3, but_noon.after(start)),
              (Texts{"2026-11-22T06:00:00Z", "2026-11-22T18:00:00Z", "2026-11-23T00:00:00Z"}));
    EXPECT_EQ(cron("0 12 * * *").except(cron("0 12 * * *")).next(start), std::nullopt);
}

TEST(CombinedTest, ExcludedDatesAreDatesOfTheZone) {
    using std::chrono::year_month_day;
    const year_month_day holiday{std::chrono::year{2026} / 11 / 23};
    const Schedule daily = cron("30 0 * * *", "Asia/Tokyo").except_dates({holiday});
    EXPECT_EQ(first(2, daily.after(start)),
              (Texts{"2026-11-23T15:30:00Z", "2026-11-24T15:30:00Z"}));
    EXPECT_EQ(daily.prev(at("2026-11-23T12:00:00Z")), at("2026-11-21T15:30:00Z"));
}

TEST(CombinedTest, AWindowIsHalfOpen) {
    const Schedule hours = cron("0 * * * *").within(start + 1h, start + 3h);
    EXPECT_EQ(first(9, hours.after(start)),
              (Texts{"2026-11-22T01:00:00Z", "2026-11-22T02:00:00Z"}));
    EXPECT_EQ(hours.prev(start + 9h), start + 2h);
    EXPECT_EQ(hours.prev(start + 1h), std::nullopt);
}

TEST(CombinedTest, AtMostCountsDueTimes) {
    const Schedule twice = cron("0 * * * *").at_most(2, start);
    EXPECT_EQ(first(9, twice.after(start - 24h)),
              (Texts{"2026-11-22T01:00:00Z", "2026-11-22T02:00:00Z"}));
    EXPECT_EQ(cron("0 * * * *").at_most(0, start).next(start), std::nullopt);
}

TEST(CombinedTest, EqualityIsAboutMeaning) {
    EXPECT_EQ(cron("@daily"), cron("0  0 * * *"));
    EXPECT_NE(cron("@daily"), cron("0 0 * * *", "Europe/Zurich"));
    EXPECT_NE(cron("0 1 * * *", "UTC", {.gap = DstGap::skip}), cron("0 1 * * *"));
    EXPECT_EQ(Schedule::every(1h, start), cron("@every 1h").anchored_at(start));
    EXPECT_NE(Schedule::every(1h, start), Schedule::every(1h, start + 1s));
    EXPECT_EQ(cron("@daily").within(start, {}), cron("@daily").within(start, {}));
    EXPECT_NE(cron("@daily").within(start, {}), cron("@daily").within({}, start));
}

TEST(CombinedTest, AnchorsReachTheParts) {
    const Schedule both = Schedule::any_of({cron("@every 1h"), cron("0 12 * * *")});
    EXPECT_EQ(both.anchored_at(start + 30min).next(start + 1h), start + 90min);
}

TEST(CombinedTest, AnExpressionOfTheCompilerGetsAZone) {
    const auto schedule = Schedule::of("30 2 * * *"_cron, "America/New_York");
    ASSERT_TRUE(schedule);
    EXPECT_EQ(*schedule, cron("30 2 * * *", "America/New_York"));
    EXPECT_FALSE(Schedule::of("30 2 * * *"_cron, "Mars/Olympus"));
}

/// New York, 14 March 2027 (gap at 07:00Z) or 7 November (repeat at 06:00Z).
struct DstCase {
    const char* name;
    const char* text;
    const char* preset;
    const char* after;
    Texts due;
};

void PrintTo(const DstCase& c, std::ostream* out) { *out << c.name; }

class DstTest : public testing::TestWithParam<DstCase> {};

TEST_P(DstTest, PresetsAreTheHabitsOfOthers) {
    const DstCase& c = GetParam();
    const auto dst = dst_preset_named(c.preset);
    ASSERT_TRUE(dst);
    EXPECT_EQ(first(c.due.size(), cron(c.text, "America/New_York", *dst).after(at(c.after))),
              c.due);
}

constexpr const char* spring = "2027-03-14T05:30:00Z";
constexpr const char* autumn = "2027-11-07T04:30:00Z";
const DstCase dst_cases[] = {
    {"RobfigSkipsTheGap", "30 2 * * *", "robfig", spring, {"2027-03-15T06:30:00Z"}},
    {"RobfigRunsBothPasses",
     "30 1 * * *",
     "robfig",
     autumn,
     {"2027-11-07T05:30:00Z", "2027-11-07T06:30:00Z", "2027-11-08T06:30:00Z"}},
    {"QuartzRunsTheSecondPass",
     "30 1 * * *",
     "quartz",
     autumn,
     {"2027-11-07T06:30:00Z", "2027-11-08T06:30:00Z"}},
    {"QuartzSilencesAnHourlyJob",
     "0 * * * *",
     "quartz",
     autumn,
     {"2027-11-07T06:00:00Z", "2027-11-07T07:00:00Z"}},
    {"QuantumRunsNoPass", "30 1 * * *", "quantum", autumn, {"2027-11-08T06:30:00Z"}},
    {"QuantumIsSilentTwoHours", "0 * * * *", "quantum", autumn, {"2027-11-07T07:00:00Z"}},
    {"VixieIsTheTable",
     "30 1 * * *",
     "vixie",
     autumn,
     {"2027-11-07T05:30:00Z", "2027-11-08T06:30:00Z"}},
};
INSTANTIATE_TEST_SUITE_P(Presets, DstTest, testing::ValuesIn(dst_cases),
                         [](const auto& c) { return std::string(c.param.name); });

TEST(DstWordsTest, ShiftMovesByTheWidthOfTheGap) {
    const Schedule shifted = cron("15,45 2 * * *", "America/New_York", {.gap = DstGap::shift});
    EXPECT_EQ(first(3, shifted.after(at(spring))),
              (Texts{"2027-03-14T07:15:00Z", "2027-03-14T07:45:00Z", "2027-03-15T06:15:00Z"}));
}

TEST(DstWordsTest, AreReadAndWritten) {
    for (const auto gap : {DstGap::end, DstGap::shift, DstGap::skip}) {
        EXPECT_EQ(dst_gap_named(to_string(gap)), gap);
    }
    for (const auto repeat : {DstRepeat::automatic, DstRepeat::first, DstRepeat::second,
                              DstRepeat::both, DstRepeat::none}) {
        EXPECT_EQ(dst_repeat_named(to_string(repeat)), repeat);
    }
    EXPECT_EQ(dst_gap_named("auto"), std::nullopt);
    EXPECT_EQ(dst_preset_named("cron"), std::nullopt);
}

}  // namespace
}  // namespace quantum::test
