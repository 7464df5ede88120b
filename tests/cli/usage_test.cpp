// What the program says to command lines that make no sense, and to those that ask what it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/quantum_program.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct UsageCase {
    std::string_view name;
    std::vector<std::string> arguments;
    std::string_view part;
};

struct UsageTest : testing::TestWithParam<UsageCase> {};

TEST_P(UsageTest, IsExitCodeTwoAndAReason) {
    const Ended ended = quantum(GetParam().arguments);

    EXPECT_EQ(ended.exit_code, 2);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, StartsWith("quantum"));
    EXPECT_THAT(ended.err, HasSubstr(GetParam().part));
}

const UsageCase usage_cases[] = {
    {"Nothing", {}, "subcommand"},
    {"UnknownCommand", {"fly"}, "fly"},
    {"UnknownOption", {"check", "--fly", "x"}, "--fly"},
    {"RunWithoutFile", {"run"}, "FILE"},
    {"CheckWithoutFile", {"check"}, "FILE"},
    {"NextWithoutExpression", {"next"}, "EXPR or --batch"},
    {"NextWithTwo", {"next", "@daily", "@weekly"}, "@weekly"},
    {"UnquotedExpression", {"next", "0", "3", "*", "*", "*"}, "3"},
    {"BatchWithExpression", {"next", "--batch", "@daily"}, "--batch"},
    {"BatchWithZone", {"next", "--batch", "--tz", "UTC"}, "--batch"},
    {"UnknownDialect", {"next", "@daily", "--dialect", "klingon"}, "klingon"},
    {"CountIsNoNumber", {"next", "@daily", "--count", "many"}, "--count"},
    {"CountIsZero", {"next", "@daily", "--count", "0"}, "--count"},
    {"CountIsTooLarge", {"next", "@daily", "--count", "100001"}, "--count"},
    {"FromIsNoTime", {"next", "@daily", "--from", "noon"}, "--from: 'noon' is not a time"},
    {"OptionWithoutValue", {"next", "@daily", "--tz"}, "--tz"},
    {"CheckInUnknownZone", {"check", "--tz", "Mars/Base", "x"}, "Mars/Base"},
    {"RunInUnknownZone", {"run", "--tz", "Mars/Base", "x"}, "Mars/Base"},
    {"RunFromStandardInput", {"run", "-"}, "standard input"},
    {"UnknownLogFormat", {"run", "--log-format", "xml", "x"}, "xml"},
    {"EphemeralInAState", {"run", "--ephemeral", "--state", "x", "y"}, "--ephemeral"},
    {"KeepIsNoDuration", {"run", "--keep-ledger", "long", "x"}, "7d"},
    {"KeepIsNoSize", {"run", "--keep-output-size", "much", "x"}, "512MiB"},
    {"LogRateIsZero", {"run", "--log-output-rate", "0", "x"}, "64KiB"},
    {"UnknownOnCrash", {"run", "--on-crash", "cry", "x"}, "cry"},
    {"UnknownOutcome", {"history", "--outcome", "bad"}, "bad"},
    {"SinceIsNoTime", {"history", "--since", "noon"}, "--since: 'noon' is not a time"},
    {"EndIsNoTime", {"simulate", "x", "--until", "25:00"}, "--until: '25:00' is not a time"},
    {"VerifySinceIsNoTime", {"verify", "--since", "soon"}, "--since: 'soon' is not a time"},
    {"WhyWithoutJob", {"why"}, "JOB"},
    {"WhyOfTwoTimes", {"why", "x", "02:30", "--since", "1h"}, "--since"},
    {"PlanOfNoTime", {"plan", "x", "--until", "soon"}, "--until: 'soon' is not a time"},
    {"PlanInUnknownZone", {"plan", "--tz", "Mars/Base", "x"}, "Mars/Base"},
    {"LimitIsZero", {"history", "--limit", "0"}, "--limit"},
    {"HistoryInUnknownZone", {"history", "--tz", "Mars/Base"}, "Mars/Base"},
    {"BackupToNowhere", {"backup"}, "FILE"},
    {"UnknownCrontabDialect", {"run", "--dialect", "quartz", "x"}, "quartz"},
    {"UnknownWatch", {"run", "--watch", "some", "x"}, "some"},
    {"CrontabWithoutAction", {"crontab"}, "crontab"},
    {"CrontabOfTwoActions", {"crontab", "-l", "-r"}, "crontab"},
    {"VersionWithArgument", {"version", "x"}, "x"},
};

INSTANTIATE_TEST_SUITE_P(Table, UsageTest, testing::ValuesIn(usage_cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(VersionTest, BeginsWithTheNameOfTheProgram) {
    const Ended ended = quantum({"version"});

    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.out, testing::MatchesRegex("quantum [0-9]+\\.[0-9]+\\.[0-9]+\n"));
    EXPECT_EQ(quantum({"--version"}).out, ended.out);
}

TEST(UsageTest, AFullDiskIsAFailure) {
    Program program({"/bin/sh", "-c", "exec \"$0\" next @daily >/dev/full", quantum_path()});

    EXPECT_EQ(program.wait().exit_code, 1);
}

}  // namespace
}  // namespace quantum::test
