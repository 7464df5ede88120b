#include "config/entry_check.hpp"

#include <gtest/gtest.h>

namespace quantum::config {
namespace {

struct ExtensionCase {
    std::string_view name;
    std::string_view schedule;
    std::string_view found;  ///< empty: nothing but what cron has
};

struct FindExtensionTest : testing::TestWithParam<ExtensionCase> {};

TEST_P(FindExtensionTest, TellsWhatCronDoesNotHave) {
    const auto found = find_extension({GetParam().schedule, 0});

    EXPECT_EQ(found ? found->text : std::string_view(), GetParam().found);
}

const ExtensionCase extension_cases[] = {
    {"Cron", "*/5,10-20/2 0-23 1 jul,JUL wed-fri", ""},
    {"Special", "@daily", ""},
    {"Every", "@every 5s", ""},
    {"RandomRange", "0~59/2 * * * *", ""},
    {"StepFromAValue", "0 3/2 * * *", "3/2"},
    {"StepInAList", "0,5/15 * * * *", "5/15"},
    {"LastDay", "0 0 L * *", "L"},
    {"NearestWeekday", "0 0 1,15W * *", "15W"},
    {"LastFriday", "0 0 * * 5L", "5L"},
    {"SecondMonday", "0\t0 * *  mon#2", "mon#2"},
};

INSTANTIATE_TEST_SUITE_P(Table, FindExtensionTest, testing::ValuesIn(extension_cases),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace quantum::config
