#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/crontab.hpp"

namespace quantum::config {
namespace {

using testing::HasSubstr;

struct Expected {
    Severity severity;
    std::size_t line;
    std::size_t column;
    std::size_t length;
    std::string_view part;  ///< of the message
};

struct ProblemCase {
    std::string_view name;
    std::string_view text;
    std::vector<Expected> expected;
    bool system = false;
};

struct CrontabProblemTest : testing::TestWithParam<ProblemCase> {};

TEST_P(CrontabProblemTest, StandsAtItsPlace) {
    const ProblemCase& row = GetParam();

    const Crontab crontab =
        parse_crontab(row.text, {.stem = "site", .system = row.system, .account = "me"});

    std::string all;
    for (const Diagnostic& diagnostic : crontab.diagnostics) {
        all += describe(diagnostic) + '\n';
    }
    ASSERT_EQ(crontab.diagnostics.size(), row.expected.size()) << all;
    for (std::size_t at = 0; at < row.expected.size(); ++at) {
        const Diagnostic& found = crontab.diagnostics[at];
        const Expected& expected = row.expected[at];
        EXPECT_EQ(found.severity, expected.severity) << all;
        EXPECT_EQ(found.line, expected.line) << all;
        EXPECT_EQ(found.column, expected.column) << all;
        EXPECT_EQ(found.length, expected.length) << all;
        EXPECT_THAT(found.message, HasSubstr(expected.part));
    }
}

constexpr Severity error = Severity::error;
constexpr Severity warning = Severity::warning;

const ProblemCase problem_cases[] = {
    {"Nothing", "# a\nX=1\n0 3 * * * a\n", {}},

    // What cron refuses.
    {"Minute", "* * * * * a\n60 * * * * b\n", {{error, 2, 1, 2, "60"}}},
    {"HourAfterTabs", "0\t\t24 * * * b\n", {{error, 1, 4, 2, "24"}}},
    {"Weekday", "0 3 * * FOO b\n", {{error, 1, 9, 3, "FOO"}}},
    {"NoCommand", "0 3 * * *\n", {{error, 1, 10, 1, "no command"}}},
    {"OnlyBlanksForACommand", "0 3 * * *  \n", {{error, 1, 12, 1, "no command"}}},
    {"SpecialWithoutCommand", "@daily\n", {{error, 1, 7, 1, "no command"}}},
    {"SixthField", "* * * * * * a\n", {{error, 1, 11, 1, "five time fields"}}},
    {"UnknownSpecial", "@dayly a\n", {{error, 1, 1, 6, "@dayly"}}},
    {"Export", "export X=1\n", {{error, 1, 1, 6, "'export' is shell syntax"}}},
    {"OpenQuote", "X=\"a\n", {{error, 1, 3, 2, "never closed"}}},
    {"CommentAfterQuotes", "X=\"a\" # b\n", {{error, 1, 7, 3, "after the closing quote"}}},
    {"DashAndBlank", "- * * * * a\n", {{error, 1, 1, 1, "directly in front of the first field"}}},
    {"NoBreakSpace",
     "0\xC2\xA0"
     "3 * * * a b\n",
     {{error, 1, 2, 2, "no-break space"}}},
    {"EveryProblemIsReported",
     "60 * * * * a\n0 3 * * * b\n0 24 * * * c\n",
     {{error, 1, 1, 2, "60"}, {error, 3, 3, 2, "24"}}},

    // What cron would find only when the line is due, or never.
    {"UnknownZone", "CRON_TZ=Europe/Zurrich\n0 3 * * * a\n", {{error, 1, 9, 14, "Zurrich"}}},
    {"NameTaken",
     "# name: x\n0 3 * * * a\n# name: x\n0 4 * * * b\n",
     {{error, 3, 9, 1, "already used by line 2"}}},
    {"BadName", "# name: /x\n0 3 * * * a\n", {{error, 1, 9, 2, "begin with '/'"}}},
    {"EmptyName", "# name:\n0 3 * * * a\n", {{error, 1, 1, 1, "must not be empty"}}},
    {"Utf16", std::string_view("\xFF\xFE*\0", 4), {{error, 1, 1, 2, "UTF-16"}}},
    {"Binary",
     std::string_view("# a\n\x7f"
                      "ELF\0\0\n",
                      11),
     {{error, 2, 5, 1, "binary"}}},
    {"BinaryAtOnce", std::string_view("\0", 1), {{error, 1, 1, 1, "binary"}}},

    // What cron takes in silence.
    {"NoNewline", "0 3 * * * a", {{warning, 1, 12, 1, "no newline"}}},
    {"NoNewlineAfterAComment", "0 3 * * * a\n# b", {{warning, 2, 4, 1, "no newline"}}},
    {"CarriageReturns",
     "# a\r\n0 3 * * * a\r\n\r\n0 3 * * * b\r\n",
     {{warning, 1, 4, 1, "CR LF"}, {warning, 3, 1, 1, "only a carriage return"}}},
    {"CarriageReturnInside", "0 3 * * * a\rb\n", {{warning, 1, 12, 1, "within the line"}}},
    {"ByteOrderMark", "\xEF\xBB\xBF# a\n0 3 * * * a\n", {{warning, 1, 1, 3, "byte order mark"}}},
    {"ColumnsCountTheByteOrderMark",
     "\xEF\xBB\xBF"
     "60 3 * * * a\n",
     {{warning, 1, 1, 3, "byte order mark"}, {error, 1, 4, 2, "60"}}},
    {"Percent", "0 3 * * * echo $(date +%Y)\n", {{warning, 1, 24, 3, "write '\\%'"}}},
    {"EscapedPercent", "0 3 * * * echo $(date +\\%Y)\n", {}},
    {"PathIsNotExpanded", "PATH=$PATH:/x\n0 3 * * * a\n", {{warning, 1, 6, 5, "not expanded"}}},
    {"Mail", "MAILTO=me\n0 3 * * * a\n", {{warning, 1, 1, 6, "no mail is sent"}}},
    {"AssignmentBelowTheEntries", "0 3 * * * a\nX=1\n", {{warning, 2, 1, 1, "no effect"}}},
    {"Dash", "-0 3 * * * a\n", {{warning, 1, 1, 1, "no effect"}}},
    {"LooksLikeASixthField", "0 0 3 * * 1-5 a\n", {{warning, 1, 11, 3, "sixth time field"}}},
    {"QuestionMark", "0 0 3 * * ? a\n", {{warning, 1, 11, 1, "sixth time field"}}},
    {"UserColumnWithoutSystem", "0 3 * * * root a\n", {{warning, 1, 11, 4, "--system"}}},
    {"OwnUserWithoutSystem", "0 3 * * * me a\n", {{warning, 1, 11, 2, "--system"}}},
    {"StepFromAValue", "1,5/15 * * * * a\n", {{warning, 1, 3, 4, "'5/15' is an extension"}}},
    {"StepsThatCronHas", "*/5,10-20/2 * * jul wed a\n", {}},
    {"Backslash", "0 3 * * * a \\\n", {{warning, 1, 13, 1, "cannot be continued"}}},
    {"NameOfNothing", "# name: x\n\n0 3 * * * a\n", {{warning, 1, 9, 1, "name is unused"}}},
    {"NameOfAnAssignment", "# name: x\nX=1\n0 3 * * * a\n", {{warning, 1, 9, 1, "name is unused"}}},
    {"NameAtTheEnd", "0 3 * * * a\n# name: x\n", {{warning, 2, 9, 1, "name is unused"}}},

    // System crontabs.
    {"NoUser", "0 3 * * *\n", {{error, 1, 10, 1, "no user and no command"}}, true},
    {"NoCommandAfterTheUser", "0 3 * * * root\n", {{error, 1, 15, 1, "no command"}}, true},
    {"SixthFieldInsteadOfAUser", "* * * * * * root a\n", {{error, 1, 11, 1, "'*' where"}}, true},
};

INSTANTIATE_TEST_SUITE_P(Table, CrontabProblemTest, testing::ValuesIn(problem_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(CrontabLimitTest, ALineOfTenMegabytesIsAClearError) {
    const std::string big(10'000'000, 'x');

    const Crontab word = parse_crontab(big + "\n");
    const Crontab command = parse_crontab("0 3 * * * " + big + "\n");
    const Crontab fields = parse_crontab("0," + std::string(5'000'000, '0') + " 3 * * * a\n");
    const Crontab value = parse_crontab("X=" + big + "\n");
    const Crontab comment = parse_crontab("#" + big + "\n");

    for (const Crontab* crontab : {&word, &command, &fields, &value}) {
        ASSERT_EQ(crontab->diagnostics.size(), 1u);
        EXPECT_EQ(crontab->diagnostics[0].severity, error);
        EXPECT_EQ(crontab->diagnostics[0].line, 1u);
        EXPECT_THAT(crontab->diagnostics[0].message, HasSubstr("bytes; at most"));
        EXPECT_LT(crontab->diagnostics[0].message.size(), 200u);
    }
    EXPECT_TRUE(comment.diagnostics.empty());
}

TEST(CrontabLimitTest, ACommandMayBeAsLongAsAShellTakes) {
    const std::string longest(128 * 1024 - 1, 'x');

    EXPECT_EQ(parse_crontab("0 3 * * * " + longest + "\n").entries.size(), 1u);
    EXPECT_TRUE(has_errors(parse_crontab("0 3 * * * " + longest + "x\n").diagnostics));
}

TEST(CrontabLimitTest, AThousandVariablesAreEnough) {
    std::string text;
    for (int number = 0; number < 1000; ++number) {
        text += "X" + std::to_string(number) + "=1\n";
    }

    EXPECT_FALSE(has_errors(parse_crontab(text).diagnostics));
    EXPECT_TRUE(has_errors(parse_crontab(text + "Y=1\n").diagnostics));
}

TEST(CrontabLimitTest, AFileThatIsNoCrontabIsNotReportedWithoutEnd) {
    std::string text;
    for (int line = 0; line < 20'000; ++line) {
        text += "no\n";
    }

    const Crontab crontab = parse_crontab(text);

    ASSERT_EQ(crontab.diagnostics.size(), 10'001u);
    EXPECT_EQ(crontab.diagnostics.back().message, "and 10000 more problems");
    EXPECT_EQ(crontab.diagnostics.back().severity, error);
}

}  // namespace
}  // namespace quantum::config
