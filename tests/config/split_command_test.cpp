#include <gtest/gtest.h>

#include "config/crontab_line.hpp"

namespace quantum::config {
namespace {

struct SplitCase {
    std::string_view name;
    std::string_view raw;
    std::string_view command;
    std::optional<std::string> input;
    std::optional<std::size_t> percent;
};

struct SplitCommandTest : testing::TestWithParam<SplitCase> {};

TEST_P(SplitCommandTest, CommandAndInputAreWhatCronGives) {
    const SplitCase& row = GetParam();

    const CommandText text = split_command(row.raw);

    EXPECT_EQ(text.command, row.command);
    EXPECT_EQ(text.input, row.input);
    EXPECT_EQ(text.percent, row.percent);
}

const SplitCase split_cases[] = {
    {"Plain", "echo a", "echo a", {}, {}},
    {"Empty", "", "", {}, {}},
    {"InputOfTwoLines", "cat%line one%line two", "cat", "line one\nline two\n", 3},
    {"EscapedPercent", "date +\\%Y-\\%m", "date +%Y-%m", {}, {}},
    {"EscapedBackslashProtectsNothing", "printf '\\\\%s'", "printf '\\\\", "s'\n", 10},
    {"NothingAfterThePercent", "echo trailing%", "echo trailing", {}, 13},
    {"QuotesDoNotProtect", "echo \"100%\"", "echo \"100", "\"\n", 9},
    {"EscapedInQuotes", "echo \"a \\% b\"", "echo \"a % b\"", {}, {}},
    {"OtherBackslashesStay", "echo \\n \\\\ \\", "echo \\n \\\\ \\", {}, {}},
    {"EscapedPercentInInput", "cat%50\\% off", "cat", "50% off\n", 3},
    {"BackslashesInInput", "cat%a\\b\\\\%c", "cat", "a\\b\\%c\n", 3},
    {"InputThatEndsInANewline", "cat%a%", "cat", "a\n", 3},
    {"OnlyNewlines", "cat%%%", "cat", "\n\n", 3},
    {"BackslashAtTheEndOfTheInput", "cat%a\\", "cat", "a\\\n", 3},
    {"NoCommand", "%input", "", "input\n", 0},
};

INSTANTIATE_TEST_SUITE_P(Table, SplitCommandTest, testing::ValuesIn(split_cases),
                         [](const auto& row) { return std::string(row.param.name); });

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
