#include "config/crontab.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quantum::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Crontab parse(std::string_view text) { return parse_crontab(text, {.stem = "site"}); }
Crontab parse_system(std::string_view text) {
    return parse_crontab(text, {.stem = "site", .system = true});
}

TEST(CrontabTest, AnEmptyFileHasNothing) {
    const Crontab crontab = parse("");

    EXPECT_THAT(crontab.entries, IsEmpty());
    EXPECT_THAT(crontab.diagnostics, IsEmpty());
}

TEST(CrontabTest, CommentsAndBlankLinesCountAsLines) {
    const Crontab crontab = parse("# a\n\n \t\n\t# b\n* * * * * echo a\n");

    ASSERT_EQ(crontab.entries.size(), 1u);
    EXPECT_EQ(crontab.entries[0].line, 5u);
    EXPECT_EQ(crontab.entries[0].raw_command, "echo a");
    EXPECT_THAT(crontab.diagnostics, IsEmpty());
}

TEST(CrontabTest, FieldsAreDividedByAnyBlanks) {
    const Crontab crontab = parse(" \t*/5\t*  * \t* 1-5 \t echo a \n");

    ASSERT_EQ(crontab.entries.size(), 1u);
    EXPECT_EQ(crontab.entries[0].raw_command, "echo a ");
    EXPECT_EQ(crontab.entries[0].command_column, 21u);
}

TEST(CrontabTest, SpecialsTakeOneFieldAndEveryTakesTwo) {
    const Crontab crontab = parse("@reboot echo r\n@daily\techo d\n@every 5s echo e\n");

    ASSERT_EQ(crontab.entries.size(), 3u);
    EXPECT_TRUE(crontab.entries[0].schedule.is_reboot());
    EXPECT_EQ(crontab.entries[1].raw_command, "echo d");
    EXPECT_EQ(crontab.entries[2].raw_command, "echo e");
    const WallTime anchor{};
    EXPECT_EQ(crontab.entries[2].schedule.anchored_at(anchor).next(anchor),
              anchor + std::chrono::seconds(5));
}

TEST(CrontabTest, TheCommandIsSplitAtThePercentSign) {
    const Crontab crontab = parse("0 1 * * * mail me%Hello%Bye\n");

    ASSERT_EQ(crontab.entries.size(), 1u);
    EXPECT_EQ(crontab.entries[0].raw_command, "mail me%Hello%Bye");
    EXPECT_EQ(crontab.entries[0].command, "mail me");
    EXPECT_EQ(crontab.entries[0].input, "Hello\nBye\n");
}

TEST(CrontabTest, AssignmentsHoldForTheLinesBelowThem) {
    const Crontab crontab =
        parse("* * * * * a\nX=1\nY=\"2 3\"\n* * * * * b\n* * * * * c\nX=4\n* * * * * d\n");

    ASSERT_EQ(crontab.entries.size(), 4u);
    EXPECT_THAT(*crontab.entries[0].assignments, IsEmpty());
    EXPECT_THAT(*crontab.entries[1].assignments, ElementsAre(Pair("X", "1"), Pair("Y", "2 3")));
    EXPECT_EQ(crontab.entries[1].assignments, crontab.entries[2].assignments);
    EXPECT_THAT(*crontab.entries[3].assignments, ElementsAre(Pair("X", "4"), Pair("Y", "2 3")));
}

TEST(CrontabTest, EntriesStandInTheZoneInForce) {
    const Crontab crontab = parse_crontab(
        "30 2 * * * a\nCRON_TZ=America/New_York\n30 2 * * * b\nCRON_TZ = UTC\n30 2 * * * c\n"
        "CRON_TZ=\n30 2 * * * d\n",
        {.stem = "site", .zone = "Europe/Zurich"});

    ASSERT_EQ(crontab.entries.size(), 4u);
    EXPECT_EQ(crontab.entries[0].schedule.zone_name(), "Europe/Zurich");
    EXPECT_EQ(crontab.entries[1].schedule.zone_name(), "America/New_York");
    EXPECT_EQ(crontab.entries[2].schedule.zone_name(), "UTC");
    EXPECT_EQ(crontab.entries[3].schedule.zone_name(), "Europe/Zurich");
}

TEST(CrontabTest, ASystemCrontabHasAUserBeforeTheCommand) {
    const Crontab crontab = parse_system("17 *\t* * *\troot    cd / && a\n@daily  www-data\tb\n");

    ASSERT_EQ(crontab.entries.size(), 2u);
    EXPECT_EQ(crontab.entries[0].user, "root");
    EXPECT_EQ(crontab.entries[0].user_column, 12u);
    EXPECT_EQ(crontab.entries[0].raw_command, "cd / && a");
    EXPECT_EQ(crontab.entries[1].user, "www-data");
    EXPECT_EQ(crontab.entries[1].raw_command, "b");
}

TEST(CrontabTest, ALineIsNamedByTheCommentAboveIt) {
    const Crontab crontab =
        parse("# name: nightly backup\n0 3 * * * backup\n0 4 * * * backup\n0 5 * * * backup\n");

    ASSERT_EQ(crontab.entries.size(), 3u);
    EXPECT_EQ(crontab.entries[0].name, "nightly backup");
    EXPECT_EQ(crontab.entries[1].name, "site:backup");
    EXPECT_EQ(crontab.entries[2].name, "site:backup-2");
}

TEST(CrontabTest, NamesDependOnNeitherLineNorSchedule) {
    const Crontab before = parse("0 3 * * * backup --all\n");
    const Crontab after = parse("# moved\n\nX=1\n15 4 * * 1 backup --all\n");

    EXPECT_EQ(before.entries.at(0).name, after.entries.at(0).name);
}

TEST(CrontabTest, CarriageReturnsAreNoPartOfTheCommand) {
    const Crontab crontab = parse("X=1\r\n* * * * * a\r\n\r\n* * * * * b%in\r\n");

    ASSERT_EQ(crontab.entries.size(), 2u);
    EXPECT_EQ(crontab.entries[0].command, "a");
    EXPECT_EQ(crontab.entries[1].input, "in\n");
    EXPECT_THAT(*crontab.entries[0].assignments, ElementsAre(Pair("X", "1")));
}

TEST(CrontabTest, TheLastLineNeedsNoNewline) {
    const Crontab crontab = parse("* * * * * a\n* * * * * b");

    ASSERT_EQ(crontab.entries.size(), 2u);
    EXPECT_EQ(crontab.entries[1].command, "b");
}

TEST(CrontabTest, AByteOrderMarkIsSkipped) {
    const Crontab crontab = parse("\xEF\xBB\xBF* * * * * a\n");

    ASSERT_EQ(crontab.entries.size(), 1u);
    EXPECT_EQ(crontab.entries[0].command_column, 14u);
}

TEST(CrontabTest, CommandsAreKeptByteByByte) {
    const Crontab crontab = parse("* * * * * echo '\xFF\x01\xC3'\n");

    ASSERT_EQ(crontab.entries.size(), 1u);
    EXPECT_EQ(crontab.entries[0].command, "echo '\xFF\x01\xC3'");
    EXPECT_FALSE(has_errors(crontab.diagnostics));
}

TEST(CrontabTest, ADashInFrontIsTaken) {
    const Crontab crontab = parse("-*/5 * * * * a\n-@daily b\n");

    ASSERT_EQ(crontab.entries.size(), 2u);
    EXPECT_EQ(crontab.entries[0].command, "a");
    EXPECT_EQ(crontab.entries[1].command, "b");
}

TEST(CrontabTest, ManyEqualLinesAreReadInOnePass) {
    std::string text;
    for (int line = 0; line < 100'000; ++line) {
        text += "*/5 * * * * echo a\n";
    }

    const Crontab crontab = parse(text);

    ASSERT_EQ(crontab.entries.size(), 100'000u);
    EXPECT_EQ(crontab.entries.back().name, "site:echo-a-100000");
}

}  // namespace
}  // namespace quantum::config
