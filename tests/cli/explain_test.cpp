// `quantum explain EXPR`, the real program.
#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/quantum_program.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;

TEST(ExplainProgramTest, SaysTheSentenceAndFiveRunsInTheZone) {
    const Ended ended = quantum(
        {"explain", "30 2 * * *", "--tz", "America/New_York", "--from", "2026-03-07T00:00:00Z"});

    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_EQ(ended.err, "");
    EXPECT_EQ(ended.out,
              "At 02:30 every day, America/New_York time. When the clock skips a time that is due, "
              "it runs right after the change.\n"
              "\n"
              "  Sat 2026-03-07 02:30:00 -05:00\n"
              "  Sun 2026-03-08 03:00:00 -04:00\n"
              "  Mon 2026-03-09 02:30:00 -04:00\n"
              "  Tue 2026-03-10 02:30:00 -04:00\n"
              "  Wed 2026-03-11 02:30:00 -04:00\n");
}

TEST(ExplainProgramTest, TakesEveryDialectAndTheZoneOfTheText) {
    const Ended ended = quantum({"explain", "Mon *-05~07/1 08:30 Europe/Zurich", "--dialect",
                                 "systemd", "--from", "2026-11-22T00:00:00Z"});

    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.out, testing::StartsWith("At 08:30 on the last Monday of May, "
                                               "Europe/Zurich time.\n\n"
                                               "  Mon 2027-05-31 08:30:00 +02:00\n"));
}

TEST(ExplainProgramTest, AnswersInJson) {
    const Ended ended = quantum(
        {"explain", "0 12 25 12 *", "--tz", "UTC", "--from", "2026-11-22T00:00:00Z", "--json"});

    EXPECT_EQ(ended.exit_code, 0);
    const boost::json::value answer = boost::json::parse(ended.out);
    EXPECT_EQ(answer.at("text").as_string(), "At 12:00 on 25 December.");
    EXPECT_EQ(answer.at("tz").as_string(), "UTC");
    ASSERT_EQ(answer.at("next").as_array().size(), 5u);
    EXPECT_EQ(answer.at("next").at(0).at("utc").as_string(), "2026-12-25T12:00:00Z");
    EXPECT_EQ(answer.at("next").at(0).at("local").as_string(), "Fri 2026-12-25 12:00:00 +00:00");
}

TEST(ExplainProgramTest, SaysWhenThereIsNoMore) {
    const Ended over = quantum({"explain", "2020-01-01 12:00", "--dialect", "systemd", "--tz",
                                "UTC", "--from", "2026-11-22T00:00:00Z"});
    EXPECT_EQ(over.exit_code, 0);
    EXPECT_THAT(over.out, HasSubstr("  no run after 2026-11-22T00:00:00Z\n"));

    const Ended reboot = quantum({"explain", "@reboot"});
    EXPECT_EQ(reboot.exit_code, 0);
    EXPECT_THAT(reboot.out, testing::StartsWith("Once at the start of the scheduler"));
}

TEST(ExplainProgramTest, PointsAtWhatIsWrong) {
    const Ended ended = quantum({"explain", "0 24 * * *"});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("\n    0 24 * * *\n      ^^\n"));

    const Ended json = quantum({"explain", "0 24 * * *", "--json"});
    EXPECT_EQ(json.exit_code, 1);
    EXPECT_EQ(boost::json::parse(json.out).at("error").at("field").as_string(), "hour");

    EXPECT_EQ(quantum({"explain"}).exit_code, 2);
    EXPECT_EQ(quantum({"explain", "* * * * *", "--from", "noon"}).exit_code, 2);
}

}  // namespace
}  // namespace quantum::test
