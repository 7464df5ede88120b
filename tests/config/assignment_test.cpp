#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/assignment_check.hpp"
#include "config/crontab_line.hpp"

namespace quantum::config {
namespace {

struct AssignmentCase {
    std::string_view name;
    std::string_view line;
    std::optional<std::pair<std::string, std::string>> expected;  ///< none: an entry to cron
};

struct ReadAssignmentTest : testing::TestWithParam<AssignmentCase> {};

TEST_P(ReadAssignmentTest, ReadsWhatCronReads) {
    const AssignmentCase& row = GetParam();

    const auto assignment = read_assignment(row.line);

    ASSERT_EQ(assignment.has_value(), row.expected.has_value());
    if (assignment) {
        EXPECT_EQ(std::pair(assignment->name, assignment->value), *row.expected);
    }
}

using Assigned = std::pair<std::string, std::string>;

const AssignmentCase assignment_cases[] = {
    {"Plain", "SHELL=/bin/bash", Assigned("SHELL", "/bin/bash")},
    {"BlanksAroundTheEqualsSign", "PATH = /usr/bin:/bin", Assigned("PATH", "/usr/bin:/bin")},
    {"TabsAroundTheEqualsSign", "PATH\t=\t/bin", Assigned("PATH", "/bin")},
    {"BlanksInFront", " \tMAILTO=\"\"", Assigned("MAILTO", "")},
    {"Empty", "EMPTY=", Assigned("EMPTY", "")},
    {"EmptyWithBlanks", "EMPTY=  \t", Assigned("EMPTY", "")},
    {"DoubleQuotes", "A=\"a b # c\"", Assigned("A", "a b # c")},
    {"SingleQuotes", "A='x y'", Assigned("A", "x y")},
    {"BlanksInsideQuotesStay", "A=\"  x  \"  ", Assigned("A", "  x  ")},
    {"OtherQuoteInsideQuotes", "A=\"it's\"", Assigned("A", "it's")},
    {"BlanksAtTheEndGo", "A=x y \t", Assigned("A", "x y")},
    {"CommentsStay", "A=x # y", Assigned("A", "x # y")},
    {"QuotesInsideStay", "A=x\"y\"", Assigned("A", "x\"y\"")},
    {"SecondEqualsSign", "A=b=c", Assigned("A", "b=c")},
    {"QuotedName", "\"A B\"=c", Assigned("A B", "c")},
    {"SingleQuotedName", "'A' = 'c'", Assigned("A", "c")},
    {"OddName", "MY-VAR=1", Assigned("MY-VAR", "1")},
    {"NoName", "=x", Assigned("", "x")},
    {"SpecialAsName", "@daily=x", Assigned("@daily", "x")},
    {"Entry", "0 5 * * 1 FOO=bar", {}},
    {"Export", "export A=b", {}},
    {"NoEqualsSign", "FOO", {}},
    {"NoEqualsSignButBlank", "FOO bar", {}},
    {"OpenQuote", "A=\"b", {}},
    {"TextAfterTheQuote", "A=\"b\" # c", {}},
    {"TextRightAfterTheQuote", "A=\"b\"c", {}},
    {"OpenQuoteAtTheName", "\"A=b", {}},
    {"EqualsSignInAQuotedName", "\"A=b\"=c", {}},
    {"TextAfterAQuotedName", "\"A\"b=c", {}},
    {"Blank", "  ", {}},
};

INSTANTIATE_TEST_SUITE_P(Table, ReadAssignmentTest, testing::ValuesIn(assignment_cases),
                         [](const auto& row) { return std::string(row.param.name); });

struct WarningCase {
    std::string_view name;
    std::string_view line;
    std::vector<std::pair<std::size_t, std::string>> expected;  ///< offset and a part of the text
};

struct CheckAssignmentTest : testing::TestWithParam<WarningCase> {};

TEST_P(CheckAssignmentTest, SaysWhatDoesNotMeanWhatItSays) {
    const WarningCase& row = GetParam();
    const auto assignment = read_assignment(row.line);
    ASSERT_TRUE(assignment);

    const auto warnings = check_assignment(*assignment);

    ASSERT_EQ(warnings.size(), row.expected.size());
    for (std::size_t at = 0; at < warnings.size(); ++at) {
        EXPECT_EQ(warnings[at].where.offset, row.expected[at].first);
        EXPECT_THAT(warnings[at].message, testing::HasSubstr(row.expected[at].second));
    }
}

const WarningCase warning_cases[] = {
    {"Plain", "A=b", {}},
    {"Quoted", "A=\"b # c D=e\"", {}},
    {"Path", "PATH=/usr/local/bin:/usr/bin", {}},
    {"PathThatWouldBeExtended", "PATH=$PATH:/x", {{5, "'$PATH' is kept literally"}}},
    {"Braces", "A=x${HOME}/y", {{3, "'${HOME}' is kept literally"}}},
    {"Command", "A=$(date)", {{2, "'$(date)' is kept literally"}}},
    {"Backquotes", "A=`date`", {{2, "'`date`' is kept literally"}}},
    {"InQuotesToo", "A=\"$HOME/x\"", {{3, "'$HOME' is kept literally"}}},
    {"DollarThatMeansNothing", "A=a$ 5$1", {}},
    {"Tilde", "PATH=/bin:~/bin", {{10, "'~' is kept literally"}}},
    {"TildeInFront", "HOME=~", {{5, "'~' is kept literally"}}},
    {"TildeInQuotes", "A=\"~/x\"", {{3, "'~' is kept literally"}}},
    {"TildeInAName", "A=/x/y~", {}},
    {"TildeOfAUser", "A=~other", {}},
    {"Comment", "A=b # c", {{4, "part of the value"}}},
    {"HashInsideAWord", "A=b#c", {}},
    {"SecondAssignment", "MAILTO=root HOME=/", {{0, "no mail is sent"}, {12, "value of MAILTO"}}},
    {"OptionIsNoAssignment", "OPTS=-o a=b", {}},
    {"InnerQuotes", "OPTS=-x \"a b\"", {{8, "these quotes are part of the value"}}},
    {"Apostrophe", "A=it's", {}},
    {"OddName", "MY-VAR=1", {{0, "not a valid name for a shell variable"}}},
    {"EntryTakenForAnAssignment", "@daily = x", {{0, "'@daily'"}}},
    {"NoName", "=x", {{0, "without a name"}}},
    {"Mail", "MAILTO=me@example.org", {{0, "no mail is sent"}}},
    {"NoMail", "MAILTO=\"\"", {}},
    {"TimeZoneOfCommands", "TZ=Europe/Zurich", {{0, "CRON_TZ"}}},
    {"Logname", "LOGNAME=x", {{0, "cannot be set"}}},
    {"RandomDelay", "RANDOM_DELAY=5", {{0, "no effect"}}},
    {"EmptyShell", "SHELL=", {{0, "/bin/sh"}}},
    {"Shell", "SHELL=/bin/bash", {}},
};

INSTANTIATE_TEST_SUITE_P(Table, CheckAssignmentTest, testing::ValuesIn(warning_cases),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace quantum::config
