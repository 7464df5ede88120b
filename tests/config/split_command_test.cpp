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

}  // namespace
}  // namespace quantum::config
