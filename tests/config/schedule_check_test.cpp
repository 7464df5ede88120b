#include "config/schedule_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quantum::config {
namespace {

struct TrapCase {
    std::string_view name;
    std::string_view schedule;
    std::string_view where;    ///< the field that is meant; empty: nothing is found
    std::string_view message;  ///< a part of it
};

struct CheckScheduleTest : testing::TestWithParam<TrapCase> {};

TEST_P(CheckScheduleTest, TellsWhatHardlyAnybodyMeans) {
    const TrapCase& row = GetParam();

    const auto found = check_schedule({row.schedule, 3});

    if (row.where.empty()) {
        EXPECT_TRUE(found.empty()) << found.front().message;
        return;
    }
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].where.text, row.where);
    EXPECT_EQ(found[0].where.offset, 3 + row.schedule.rfind(row.where));
    EXPECT_THAT(found[0].message, testing::HasSubstr(row.message));
}

const TrapCase trap_cases[] = {
    {"Plain", "*/5 */2 * * *", "", ""},
    {"Special", "@daily", "", ""},
    {"Every", "@every 7m", "", ""},
    {"StepOfAll", "*/60 * * * *", "", ""},
    {"FebruaryMeant", "0 0 29 2 *", "", ""},
    {"MonthsWithA31st", "0 0 31 1,3,5 *", "", ""},
    {"EarlyDays", "0 0 1,15,28 * *", "", ""},
    {"LastDays", "0 0 28-31 * *", "", ""},
    {"StarWithStepAndWeekday", "0 0 */2 * 1", "", ""},
    {"NinetyMinutes", "*/90 * * * *", "*/90",
     "matches 0 only; for every 90 minutes write @every 90m"},
    {"SevenMinutes", "*/7 * * * *", "*/7", "the last interval is 4 minutes, not 7"},
    {"SevenMinutesEvenly", "*/7 * * * *", "*/7", "write @every 7m"},
    {"FiveHours", "0 */5 * * *", "*/5", "the last interval is 4 hours, not 5"},
    {"FirstMonday", "0 0 1-7 * 1", "1", "match either"},
    {"The31st", "0 0 31 * *", "31", "in the five months that have no 31st"},
    {"The30thAndLater", "0 0 30,31 * *", "30,31", "in February"},
    {"The29th", "0 0 29-31 * *", "29-31", "in a February without a 29th"},
};

INSTANTIATE_TEST_SUITE_P(Table, CheckScheduleTest, testing::ValuesIn(trap_cases),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace quantum::config
