#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/cron.hpp"
#include "quantum/schedule.hpp"

#include "support/instants.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;

/// One schedule from one instant on: the due times that follow, "-" at the end for "no more".
struct NextCase {
    const char* name;
    const char* text;
    Dialect dialect;
    const char* zone;
    const char* after;
    std::vector<std::string> due;
};

void PrintTo(const NextCase& c, std::ostream* out) { *out << c.name; }

class NextTest : public testing::TestWithParam<NextCase> {};

TEST_P(NextTest, GivesTheDueTimes) {
    const NextCase& c = GetParam();
    const auto schedule = parse_schedule(c.text, {.dialect = c.dialect, .zone = c.zone});
    ASSERT_TRUE(schedule) << schedule.error().message;
    std::vector<std::string> due;
    auto next = schedule->next(at(c.after));
    for (; due.size() < c.due.size(); next = schedule->next(*next)) {
        due.push_back(next ? text_of(*next) : "-");
        if (!next) break;
    }
    EXPECT_EQ(due, c.due);
}

TEST(DaysTest, TheDayRuleOfADialectCanBeOverridden) {
    const auto with = [](const char* text, Dialect dialect, DayRule days) {
        return *parse_schedule(text, {.dialect = dialect, .days = days});
    };
    const WallTime from = at("2026-11-22T00:00:00Z");
    EXPECT_EQ(text_of(*with("0 0 13 * 5", Dialect::cron, DayRule::both).next(from)),
              "2027-08-13T00:00:00Z");
    EXPECT_EQ(text_of(*with("0 0 13 * 5", Dialect::quantum, DayRule::either).next(from)),
              "2026-11-27T00:00:00Z");
    EXPECT_EQ(text_of(*with("0 0 * * 5", Dialect::quantum, DayRule::either).next(from)),
              "2026-11-27T00:00:00Z")
        << "an open field restricts nothing";
    EXPECT_EQ(with("0 0 13 * 5", Dialect::cron, DayRule::both).days(), DayRule::both);
    EXPECT_EQ(with("0 0 13 * 5", Dialect::cron, DayRule::both),
              with("0 0 13 * 5", Dialect::quantum, DayRule::both));
    EXPECT_FALSE(parse_schedule("0 0 1 * 1#2", {.days = DayRule::both})) << "can never match";
    EXPECT_EQ(day_rule_named("any"), DayRule::either);
    EXPECT_EQ(day_rule_named("all"), DayRule::both);
    EXPECT_EQ(day_rule_named("some"), std::nullopt);
}

TEST(LeapDayTest, IsFoundAcrossTheCenturiesInBothDirections) {
    const auto mondays = *parse_schedule("0 0 29 2 1", {.dialect = Dialect::quantum});
    const auto even = *parse_schedule("0 0 29 2 1 2000-2130/2", {.dialect = Dialect::quantum});
    std::vector<std::string> ahead;
    std::vector<std::string> back;
    for (auto t = mondays.next(at("1892-02-29T00:00:00Z")); ahead.size() < 9;
         t = mondays.next(*t)) {
        ahead.push_back(text_of(*t));
    }
    for (auto t = mondays.prev(at("2140-02-29T00:00:00Z")); back.size() < 9; t = mondays.prev(*t)) {
        back.push_back(text_of(*t));
    }
    EXPECT_THAT(ahead, testing::ElementsAre(
                           "1904-02-29T00:00:00Z", "1932-02-29T00:00:00Z", "1960-02-29T00:00:00Z",
                           "1988-02-29T00:00:00Z", "2016-02-29T00:00:00Z", "2044-02-29T00:00:00Z",
                           "2072-02-29T00:00:00Z", "2112-02-29T00:00:00Z", "2140-02-29T00:00:00Z"));
    EXPECT_THAT(back, testing::ElementsAre(
                          "2112-02-29T00:00:00Z", "2072-02-29T00:00:00Z", "2044-02-29T00:00:00Z",
                          "2016-02-29T00:00:00Z", "1988-02-29T00:00:00Z", "1960-02-29T00:00:00Z",
                          "1932-02-29T00:00:00Z", "1904-02-29T00:00:00Z", "1892-02-29T00:00:00Z"));
    EXPECT_EQ(text_of(*even.next(at("2073-01-01T00:00:00Z"))), "2112-02-29T00:00:00Z");
    EXPECT_FALSE(even.next(at("2112-02-29T00:00:00Z"))) << "2140 is not among the years";
}

constexpr auto vixie = Dialect::cron;
constexpr auto elixir = Dialect::quantum;
constexpr auto extended = Dialect::quantum_extended;

const NextCase civil_cases[] = {
    {"EveryMinute",
     "* * * * *",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-22T00:01:00Z", "2026-11-22T00:02:00Z"}},
    {"StrictlyAfterWithinASecond",
     "* * * * *",
     vixie,
     "UTC",
     "2026-11-21T23:59:59.999999Z",
     {"2026-11-22T00:00:00Z"}},
    {"StepsCountFromTheLowestValue",
     "0 0 */10 * *",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-12-01T00:00:00Z", "2026-12-11T00:00:00Z", "2026-12-21T00:00:00Z",
      "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"}},
    {"ASingleValueWithAStepGoesToTheEnd",
     "50/5 * * * *",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-22T00:50:00Z", "2026-11-22T00:55:00Z", "2026-11-22T01:50:00Z"}},
    {"EitherDayFieldIsEnough",
     "0 0 13 * 5",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-27T00:00:00Z", "2026-12-04T00:00:00Z", "2026-12-11T00:00:00Z",
      "2026-12-13T00:00:00Z"}},
    {"BothDayFieldsWhereOneBeginsWithAStar",
     "0 0 */10 * 1",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-12-21T00:00:00Z", "2027-01-11T00:00:00Z"}},
    {"SundayIsZeroAndSeven",
     "0 0 * * 0,7",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-29T00:00:00Z", "2026-12-06T00:00:00Z"}},
    {"SixToSevenIsTheWeekend",
     "0 0 * * 6-7",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z", "2026-12-05T00:00:00Z"}},
    {"AWeekMayEndInSundayByName",
     "0 9 * * fri-sun",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-22T09:00:00Z", "2026-11-27T09:00:00Z", "2026-11-28T09:00:00Z",
      "2026-11-29T09:00:00Z"}},
    {"SpringNamesSundaySevenAtTheEndOfAWeek",
     "0 0 9 * * SAT-SUN",
     Dialect::spring,
     "UTC",
     "2026-11-22T10:00:00Z",
     {"2026-11-28T09:00:00Z", "2026-11-29T09:00:00Z", "2026-12-05T09:00:00Z"}},
    {"SpringTakesSundayAtTheBeginningOfARangeForZero",
     "0 0 9 * * SUN-MON",
     Dialect::spring,
     "UTC",
     "2026-11-22T10:00:00Z",
     {"2026-11-23T09:00:00Z", "2026-11-29T09:00:00Z", "2026-11-30T09:00:00Z"}},
    {"SpringBeginsAWeekOfStepsOnMonday",
     "0 0 9 * * */5",
     Dialect::spring,
     "UTC",
     "2026-11-22T10:00:00Z",
     {"2026-11-23T09:00:00Z", "2026-11-28T09:00:00Z", "2026-11-30T09:00:00Z"}},
    {"SpringHasNoWeekdayNearALastSunday",
     "0 30 17 31W * *",
     Dialect::spring,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-12-31T17:30:00Z", "2027-03-31T17:30:00Z", "2027-05-31T17:30:00Z"}},
    {"AStepMayBeLargerThanItsField",
     "1/2147483648 * * * * *",
     Dialect::seconds,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-22T00:00:01Z", "2026-11-22T00:01:01Z"}},
    {"AWeekMayEndInSundayAsZero",
     "0 9 * * 5-0/2",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-22T09:00:00Z", "2026-11-27T09:00:00Z", "2026-11-29T09:00:00Z"}},
    {"LeapDay",
     "0 0 29 2 *",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
    {"LeapDayAcrossACenturyWithoutOne",
     "0 0 29 2 *",
     vixie,
     "UTC",
     "2096-02-29T00:00:00Z",
     {"2104-02-29T00:00:00Z"}},
    {"LeapDayOnAMonday",
     "0 0 29 2 1",
     elixir,
     "UTC",
     "2072-02-29T00:00:00Z",
     {"2112-02-29T00:00:00Z"}},
    {"Names", "0 8 * jan-MAR Mon", vixie, "UTC", "2026-11-22T00:00:00Z", {"2027-01-04T08:00:00Z"}},
    {"Yearly",
     "@yearly",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"}},
    {"Hourly",
     "@hourly",
     vixie,
     "UTC",
     "2026-11-22T00:30:00Z",
     {"2026-11-22T01:00:00Z", "2026-11-22T02:00:00Z"}},
    {"BlanksAround",
     "  0\t3  * * *  ",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-22T03:00:00Z"}},
    {"RebootHasNoDueTimes", "@reboot", vixie, "UTC", "2026-11-22T00:00:00Z", {"-"}},
    {"YearsThatAreOverAreNoError",
     "0 0 1 1 * 2000-2010",
     elixir,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"-"}},
    {"DivisibleDays",
     "0 0 */2 * *",
     elixir,
     "UTC",
     "2026-11-29T00:00:00Z",
     {"2026-11-30T00:00:00Z", "2026-12-02T00:00:00Z"}},
    {"BothDayFieldsInQuantum",
     "0 0 13 * 5",
     elixir,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2027-08-13T00:00:00Z"}},
    {"MissingFieldsAreStars",
     "30 */6",
     elixir,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-22T00:30:00Z", "2026-11-22T06:30:00Z"}},
    {"SixthFieldIsTheYear",
     "0 0 1 1 * 2027/3",
     elixir,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2027-01-01T00:00:00Z", "2030-01-01T00:00:00Z"}},
    {"TheYearIsTheLast",
     "59 59 23 31 12 * 9999",
     extended,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"9999-12-31T23:59:59Z", "-"}},
    {"WrappedRange",
     "0 22-2 * * *",
     elixir,
     "UTC",
     "2026-11-22T22:30:00Z",
     {"2026-11-22T23:00:00Z", "2026-11-23T00:00:00Z", "2026-11-23T01:00:00Z",
      "2026-11-23T02:00:00Z", "2026-11-23T22:00:00Z"}},
    {"WrappedRangeKeepsThePhaseOfItsStart",
     "0 18-6/5 * * *",
     elixir,
     "UTC",
     "2026-11-22T12:00:00Z",
     {"2026-11-22T18:00:00Z", "2026-11-22T23:00:00Z", "2026-11-23T03:00:00Z",
      "2026-11-23T18:00:00Z"}},
    {"AStepLosesSunday",
     "0 0 * * 0-6/2",
     elixir,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z", "2026-11-28T00:00:00Z",
      "2026-12-01T00:00:00Z"}},
    {"AStepAboveTheRangeIsZero",
     "*/100 * * * *",
     elixir,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-22T01:00:00Z"}},
    {"SecondsFirst",
     "*/20 0 * * * *",
     extended,
     "UTC",
     "2026-11-22T00:00:20Z",
     {"2026-11-22T00:00:40Z", "2026-11-22T01:00:00Z"}},
    {"Secondly", "@secondly", elixir, "UTC", "2026-11-22T00:00:00Z", {"2026-11-22T00:00:01Z"}},
};
const NextCase dialect_cases[] = {
    {"KubernetesTakesEitherDayField",
     "0 0 */10 * 1",
     Dialect::kubernetes,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"}},
    {"KubernetesEndsASteppedWeekOnSaturday",
     "0 0 * * 1/2",
     Dialect::kubernetes,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-27T00:00:00Z",
      "2026-11-30T00:00:00Z"}},
    {"SecondsEndASteppedWeekOnSaturday",
     "0 0 0 * * 5/1",
     Dialect::seconds,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z", "2026-12-04T00:00:00Z"}},
    {"CronEndsASteppedWeekOnSundayAsSeven",
     "0 0 * * 1/2",
     vixie,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-27T00:00:00Z",
      "2026-11-29T00:00:00Z"}},
    {"AZoneInTheTextWins",
     "CRON_TZ=Asia/Tokyo 0 9 * * *",
     Dialect::kubernetes,
     "Europe/Zurich",
     "2026-11-22T12:00:00Z",
     {"2026-11-23T00:00:00Z"}},
    {"SecondsFirstInSpring",
     "30 0 9 1W,15,LW * ?",
     Dialect::spring,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-30T09:00:30Z", "2026-12-01T09:00:30Z", "2026-12-15T09:00:30Z"}},
    {"QuartzCountsWeekdaysFromSundayAsOne",
     "0 0 12 ? * 6#3",
     Dialect::quartz,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-12-18T12:00:00Z", "2027-01-15T12:00:00Z"}},
    {"QuartzStepsAcrossTheWrap",
     "0 0 22-2/3 * * ?",
     Dialect::quartz,
     "UTC",
     "2026-11-22T12:00:00Z",
     {"2026-11-22T22:00:00Z", "2026-11-23T01:00:00Z"}},
    {"LastDayWithOffset",
     "0 0 12 L-3 * ?",
     Dialect::quartz,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-27T12:00:00Z", "2026-12-28T12:00:00Z"}},
    {"AwsRate",
     "rate(2 hours)",
     Dialect::aws,
     "UTC",
     "1970-01-01T00:00:00Z",
     {"1970-01-01T02:00:00Z", "1970-01-01T04:00:00Z"}},
    {"AwsOnce",
     "at(2026-11-22T08:30:00)",
     Dialect::aws,
     "Europe/Zurich",
     "2026-11-22T00:00:00Z",
     {"2026-11-22T07:30:00Z", "-"}},
    {"AwsFields",
     "cron(15 10 ? * 6L 2026-2027)",
     Dialect::aws,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-27T10:15:00Z", "2026-12-25T10:15:00Z"}},
    {"CalendarWithAZone",
     "Mon..Fri *-*-01,15 08:30 Asia/Tokyo",
     Dialect::systemd,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-30T23:30:00Z", "2026-12-14T23:30:00Z"}},
    {"CalendarSecondsSince1970AreUtcWhateverZoneIsNamed",
     "@1795305600 Asia/Tokyo",
     Dialect::systemd,
     "Europe/Zurich",
     "2026-11-20T00:00:00Z",
     {"2026-11-22T00:00:00Z", "-"}},
    {"CalendarFromTheMonthsEnd",
     "*-*~02 06:00",
     Dialect::systemd,
     "UTC",
     "2026-11-22T00:00:00Z",
     {"2026-11-29T06:00:00Z", "2026-12-30T06:00:00Z"}},
};
INSTANTIATE_TEST_SUITE_P(Dialects, NextTest, testing::ValuesIn(dialect_cases),
                         [](const auto& c) { return std::string(c.param.name); });

TEST(DrawTest, IsTheSameForTheSameNameAndSpreadsNames) {
    const auto due = [](const char* text, Dialect dialect, const std::string& name) {
        const auto schedule = parse_schedule(text, {.dialect = dialect, .name = name});
        return schedule ? text_of(*schedule->next(at("2026-11-22T00:00:00Z"))) : "";
    };
    EXPECT_EQ(due("H H * * *", Dialect::jenkins, "backup"),
              due("H H * * *", Dialect::jenkins, "backup"));
    std::set<std::string> jenkins;
    std::set<std::string> random;
    for (int i = 0; i < 100; ++i) {
        jenkins.insert(due("H H * * *", Dialect::jenkins, "job" + std::to_string(i)));
        random.insert(due("0~59 3 * * *", vixie, "job" + std::to_string(i)));
    }
    EXPECT_GT(jenkins.size(), 80u);
    EXPECT_GT(random.size(), 40u);
}

TEST(DrawTest, NeverChanges) {
    // Documented: a later release must draw the same, or jobs would move.
    EXPECT_EQ(cron::draw("backup", cron::Field::minute, 0, 0, 59), 59u);
    EXPECT_EQ(cron::draw("backup", cron::Field::hour, 0, 0, 23), 15u);
    EXPECT_EQ(cron::draw("", cron::Field::day, 1, 1, 28), 26u);
}

INSTANTIATE_TEST_SUITE_P(Civil, NextTest, testing::ValuesIn(civil_cases),
                         [](const auto& c) { return std::string(c.param.name); });

// New York 2027: forward on 14 March at 07:00Z (02:00 -> 03:00), back on 7 November at 06:00Z.
const NextCase zone_cases[] = {
    {"GapOfAFixedTimeEndsInOneRun",
     "30 2 * * *",
     vixie,
     "America/New_York",
     "2027-03-13T12:00:00Z",
     {"2027-03-14T07:00:00Z", "2027-03-15T06:30:00Z"}},
    {"GapMergesSeveralTimes",
     "0,30 2 * * *",
     vixie,
     "America/New_York",
     "2027-03-13T12:00:00Z",
     {"2027-03-14T07:00:00Z", "2027-03-15T06:00:00Z"}},
    {"GapMergesWithARunDueThere",
     "0 1-3 * * *",
     vixie,
     "America/New_York",
     "2027-03-14T05:00:00Z",
     {"2027-03-14T06:00:00Z", "2027-03-14T07:00:00Z", "2027-03-15T05:00:00Z"}},
    {"GapOfARunningMinuteEndsInOneRun",
     "*/20 2 * * *",
     vixie,
     "America/New_York",
     "2027-03-14T05:00:00Z",
     {"2027-03-14T07:00:00Z", "2027-03-15T06:00:00Z"}},
    {"GapOfARunningHourAddsNothing",
     "30 * * * *",
     vixie,
     "America/New_York",
     "2027-03-14T06:00:00Z",
     {"2027-03-14T06:30:00Z", "2027-03-14T07:30:00Z"}},
    {"GapOfEverySecondHour",
     "0 */2 * * *",
     vixie,
     "America/New_York",
     "2027-03-14T05:00:00Z",
     {"2027-03-14T08:00:00Z"}},
    {"RepeatOfAFixedTimeRunsOnce",
     "30 1 * * *",
     vixie,
     "America/New_York",
     "2027-11-07T00:00:00Z",
     {"2027-11-07T05:30:00Z", "2027-11-08T06:30:00Z"}},
    {"RepeatOfARunningHourRunsTwice",
     "30 * * * *",
     vixie,
     "America/New_York",
     "2027-11-07T05:00:00Z",
     {"2027-11-07T05:30:00Z", "2027-11-07T06:30:00Z", "2027-11-07T07:30:00Z"}},
    {"RepeatOfARunningMinuteRunsTwice",
     "*/30 1 * * *",
     vixie,
     "America/New_York",
     "2027-11-07T04:00:00Z",
     {"2027-11-07T05:00:00Z", "2027-11-07T05:30:00Z", "2027-11-07T06:00:00Z",
      "2027-11-07T06:30:00Z", "2027-11-08T06:00:00Z"}},
    {"RulesHoldBeyond2037",
     "30 2 * * *",
     vixie,
     "America/New_York",
     "2045-03-11T12:00:00Z",
     {"2045-03-12T07:00:00Z", "2045-03-13T06:30:00Z"}},
    {"HalfHourGapAtLordHowe",
     "0 2 * * *",
     vixie,
     "Australia/Lord_Howe",
     "2027-10-01T15:30:00Z",
     {"2027-10-02T15:30:00Z", "2027-10-03T15:00:00Z"}},
    {"GapAtMidnightInSaoPaulo",
     "0 0 * * *",
     vixie,
     "America/Sao_Paulo",
     "2018-11-03T12:00:00Z",
     {"2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"}},
    {"TheDayThatApiaSkipped",
     "0 12 * * *",
     vixie,
     "Pacific/Apia",
     "2011-12-29T12:00:00Z",
     {"2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"}},
    {"ADateOnlyInTheGapRunsAfterIt",
     "30 2 14 3 *",
     vixie,
     "America/New_York",
     "2027-01-01T00:00:00Z",
     {"2027-03-14T07:00:00Z", "2028-03-14T06:30:00Z"}},
    {"FromWithinTheGapRun",
     "30 2 * * *",
     vixie,
     "America/New_York",
     "2027-03-14T07:00:00Z",
     {"2027-03-15T06:30:00Z"}},
};
INSTANTIATE_TEST_SUITE_P(Zones, NextTest, testing::ValuesIn(zone_cases),
                         [](const auto& c) { return std::string(c.param.name); });

}  // namespace
}  // namespace quantum::test
