#include "quantum/on_calendar.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "quantum/schedule.hpp"

#include "support/instants.hpp"

namespace quantum::test {
namespace {

tl::expected<Schedule, ScheduleError> parsed_calendar(const std::string& text,
                                                      std::string zone = "UTC") {
    return parse_schedule(text, {.dialect = Dialect::systemd, .zone = zone});
}

std::vector<std::string> due_times(const Schedule& schedule, WallTime after, std::size_t count) {
    std::vector<std::string> out;
    for (auto due = schedule.next(after); due && out.size() < count; due = schedule.next(*due)) {
        out.push_back(text_of(*due));
    }
    return out;
}

// --- normal form ------------------------------------------------------------------------------

struct NormalRow {
    const char* text;
    const char* normal;
};

class OnCalendarNormalTest : public testing::TestWithParam<NormalRow> {};

TEST_P(OnCalendarNormalTest, IsWhatSystemdPrintsAndMeansTheSame) {
    const auto normal = normal_on_calendar(GetParam().text);
    ASSERT_TRUE(normal) << explain(normal.error(), GetParam().text, Dialect::systemd);
    EXPECT_EQ(*normal, GetParam().normal);
    EXPECT_EQ(normal_on_calendar(*normal), *normal);
    EXPECT_TRUE(parsed_calendar(*normal).value() == parsed_calendar(GetParam().text).value());
}

INSTANTIATE_TEST_SUITE_P(
    Texts, OnCalendarNormalTest,
    testing::Values(
        NormalRow{"minutely", "*-*-* *:*:00"}, NormalRow{"HOURLY", "*-*-* *:00:00"},
        NormalRow{"daily", "*-*-* 00:00:00"}, NormalRow{"weekly", "Mon *-*-* 00:00:00"},
        NormalRow{"monthly", "*-*-01 00:00:00"},
        NormalRow{"quarterly", "*-01,04,07,10-01 00:00:00"},
        NormalRow{"semiannually", "*-01,07-01 00:00:00"}, NormalRow{"annually", "*-01-01 00:00:00"},
        NormalRow{"daily Europe/Paris", "*-*-* 00:00:00 Europe/Paris"},
        NormalRow{"Mon utc", "Mon *-*-* 00:00:00 UTC"}, NormalRow{"Mon ", "Mon *-*-* 00:00:00"},
        NormalRow{"Sat,Thu,Mon-Wed,Sat-Sun", "Mon..Thu,Sat,Sun *-*-* 00:00:00"},
        NormalRow{"monday..FRI 1:2", "Mon..Fri *-*-* 01:02:00"},
        NormalRow{"Mon..Sun 7:00", "*-*-* 07:00:00"}, NormalRow{"Wed, 17:48", "Wed *-*-* 17:48:00"},
        NormalRow{"*~*", "*-*-* 00:00:00"}, NormalRow{"*-2~3", "*-02~03 00:00:00"},
        NormalRow{"Mon *-05~07/1", "Mon *-05~07/1 00:00:00"},
        NormalRow{"*-*~26,20", "*-*~20,26 00:00:00"}, NormalRow{"*-*~05,3", "*-*~03,05 00:00:00"},
        NormalRow{"12..15-1-1", "2012..2015-01-01 00:00:00"},
        NormalRow{"70-1-1", "1970-01-01 00:00:00"}, NormalRow{"1/2-1-1", "2001/2-01-01 00:00:00"},
        NormalRow{"5..5:00", "*-*-* 05:00:00"}, NormalRow{"1..5/10:00", "*-*-* 01:00:00"},
        NormalRow{"0..23/2:15", "*-*-* 00..22/2:15:00"},
        NormalRow{"1..3,1..3/1,2:00", "*-*-* 01..03,02:00:00"},
        NormalRow{"1:00,0:00", "*-*-* 01:00:00"}, NormalRow{"*:*:0/1", "*-*-* *:*:*"},
        NormalRow{"*:*:0..59/1", "*-*-* *:*:00..59"},
        NormalRow{"*:*:0/0.5,3", "*-*-* *:*:00/0.500000,03"},
        NormalRow{"*:*:47.5,0/1", "*-*-* *:*:*"}, NormalRow{"0:0:1.0..3.8", "*-*-* 00:00:01..03"},
        NormalRow{"0:0:0..0.5/0.1", "*-*-* 00:00:00..00.500000/0.100000"},
        NormalRow{"0:0:0.0000005", "*-*-* 00:00:00.000001"},
        NormalRow{"@1395716396", "2014-03-25 02:59:56 UTC"}));

// --- due times --------------------------------------------------------------------------------

struct DueRow {
    const char* name;
    const char* text;
    const char* zone;
    const char* after;
    std::vector<std::string> due;
};

class OnCalendarNextTest : public testing::TestWithParam<DueRow> {};

TEST_P(OnCalendarNextTest, FindsTheDueTimes) {
    const DueRow& row = GetParam();
    const auto schedule = parsed_calendar(row.text, row.zone);
    ASSERT_TRUE(schedule) << schedule.error().message;
    EXPECT_EQ(due_times(*schedule, at(row.after), row.due.size()), row.due);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, OnCalendarNextTest,
    testing::Values(DueRow{"EveryOtherDayFromTheEnd",
                           "*-*~5/2",
                           "UTC",
                           "2026-02-01T00:00:00Z",
                           {"2026-02-24T00:00:00Z", "2026-02-26T00:00:00Z", "2026-02-28T00:00:00Z",
                            "2026-03-27T00:00:00Z"}},
                    DueRow{"RangeFromTheEndStepsFromItsEarliestDay",
                           "*-*~3..8/2",
                           "UTC",
                           "2026-04-01T00:00:00Z",
                           {"2026-04-24T00:00:00Z", "2026-04-26T00:00:00Z", "2026-04-28T00:00:00Z",
                            "2026-05-25T00:00:00Z"}},
                    DueRow{"LastMondayOfMay",
                           "Mon *-05~07/1",
                           "UTC",
                           "2026-11-22T00:00:00Z",
                           {"2027-05-31T00:00:00Z", "2028-05-29T00:00:00Z"}},
                    DueRow{"WeekdayAndDateMustBothHold",
                           "Fri *-*-13 00:00",
                           "UTC",
                           "2026-11-22T00:00:00Z",
                           {"2027-08-13T00:00:00Z", "2028-10-13T00:00:00Z"}},
                    DueRow{"FractionsCountTowardsTheirSecond",
                           "0:0:1.125..4.125/1.5",
                           "UTC",
                           "2026-11-22T00:00:00Z",
                           {"2026-11-22T00:00:01Z", "2026-11-22T00:00:02Z", "2026-11-22T00:00:04Z",
                            "2026-11-23T00:00:01Z"}},
                    DueRow{"ZoneInTheTextWins",
                           "12:00 Asia/Tokyo",
                           "America/New_York",
                           "2026-11-22T00:00:00Z",
                           {"2026-11-22T03:00:00Z"}},
                    DueRow{"YearsWithSteps",
                           "2026/2-2-29",
                           "UTC",
                           "2026-11-22T00:00:00Z",
                           {"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
                    DueRow{"YearsThatAreOver", "2003-03-05", "UTC", "2026-11-22T00:00:00Z", {}},
                    DueRow{"MissingTimeRunsAfterTheGap",
                           "*-*-* 02:30",
                           "America/New_York",
                           "2027-03-14T00:00:00Z",
                           {"2027-03-14T07:00:00Z", "2027-03-15T06:30:00Z"}},
                    DueRow{"RepeatedTimeRunsOnce",
                           "*-*-* 01:30",
                           "America/New_York",
                           "2027-11-07T00:00:00Z",
                           {"2027-11-07T05:30:00Z", "2027-11-08T06:30:00Z"}},
                    DueRow{"StepsRunInBothPasses",
                           "*:0/30",
                           "America/New_York",
                           "2027-11-07T05:00:00Z",
                           {"2027-11-07T05:30:00Z", "2027-11-07T06:00:00Z", "2027-11-07T06:30:00Z",
                            "2027-11-07T07:00:00Z"}}),
    [](const auto& row) { return row.param.name; });

// --- errors -----------------------------------------------------------------------------------

struct ErrorRow {
    const char* text;
    const char* field;
    std::size_t column;
    const char* says;
};

class OnCalendarErrorTest : public testing::TestWithParam<ErrorRow> {};

TEST_P(OnCalendarErrorTest, NamesFieldColumnAndWhatIsAllowed) {
    const ErrorRow& row = GetParam();
    const auto schedule = parsed_calendar(row.text);
    ASSERT_FALSE(schedule);
    const ScheduleError& error = schedule.error();
    EXPECT_EQ(error.field, row.field) << error.message;
    EXPECT_EQ(error.column, row.column) << error.message;
    EXPECT_NE(error.message.find(row.says), std::string::npos) << error.message;
}

INSTANTIATE_TEST_SUITE_P(
    Texts, OnCalendarErrorTest,
    testing::Values(
        ErrorRow{"", "", 1, "empty"}, ErrorRow{" daily", "", 1, "' '"},
        ErrorRow{"Mon *-*-* 25:00:00", "hour", 11, "'25' is out of range"},
        ErrorRow{"*-*-32", "day", 5, "1 to 31"},
        ErrorRow{"*-*~29", "day", 5, "1 (the last day of the month) to 28"},

        ErrorRow{"2200-1-1", "year", 1, "1970 to 2199"},
        ErrorRow{"*:*/5", "minute", 3, "write 0/n"},
        ErrorRow{"*-Jan-1", "month", 3, "'Jan' is not a valid month"},
        ErrorRow{"Mun *-*-*", "", 1, "'Mun'"},
        ErrorRow{"Mond 1:00", "weekday", 1, "'Mond' is not a valid weekday"},
        ErrorRow{"Fri..Mon 12:00", "weekday", 1, "did you mean Fri..Sun,Mon?"},
        ErrorRow{"Mon..Fri..Sun", "weekday", 1, "'Mon..Fri..Sun' is not a valid weekday"},
        ErrorRow{"Fri..Mon..Tue", "weekday", 1, "runs backwards"},
        ErrorRow{"Mon.. 12:00", "weekday", 6, "a value is missing"},
        ErrorRow{"5..3:00", "hour", 1, "runs backwards"},
        ErrorRow{"1,,2:00", "hour", 3, "a value is missing"},
        ErrorRow{"0/0:00", "hour", 1, "repetition of 0"},
        ErrorRow{"*:0/60", "minute", 3, "never repeats"},
        ErrorRow{"*-*~5/5", "day", 5, "never repeats"},
        ErrorRow{"*:*:1..1.5", "second", 5, "give the step"},
        ErrorRow{"12:00 Mars/Olympus", "zone", 7, "Mars/Olympus"},
        ErrorRow{"daily weekly", "", 1, "OnCalendar"}, ErrorRow{"@daily", "", 1, "without '@'"},
        ErrorRow{"7", "", 1, "write a time as 07:00"},
        ErrorRow{"2026-11-22T12:00:00", "", 14, "OnCalendar"}, ErrorRow{"1:2:3:4", "", 6, "':4'"},
        ErrorRow{"*-04-31", "day", 1, "never occurs"},
        ErrorRow{"2027-02-29", "day", 1, "never occurs"},
        ErrorRow{"1970,1972,1975,1979,1984,1990,1997,2005,2008,2012,2017,2023,2030,2038,2041,2045,"
                 "2050,2056,2063,2071,2074,2078,2083,2089,2096,2104,2107,2111,2116,2122,2129,2137,"
                 "2140,2144,2149,2155,2162,2170,2173,2177-1-1",
                 "year", 1, "too many years"}));

}  // namespace
}  // namespace quantum::test
