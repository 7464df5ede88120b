// `quantum next EXPR`, the real program.
#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/quantum_program.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;

TEST(NextProgramTest, PrintsLocalTimesBesideUtc) {
    const Ended ended = quantum({"next", "30 2 * * *", "--tz", "America/New_York", "--from",
                                 "2026-03-07T00:00:00Z", "--count", "3"});

    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_EQ(ended.err, "");
    EXPECT_EQ(ended.out,
              "America/New_York                 UTC\n"
              "Sat 2026-03-07 02:30:00 -05:00   2026-03-07T07:30:00Z\n"
              "Sun 2026-03-08 03:00:00 -04:00   2026-03-08T07:00:00Z\n"
              "Mon 2026-03-09 02:30:00 -04:00   2026-03-09T06:30:00Z\n");
}

TEST(NextProgramTest, StandsInTheMachinesZoneAsTheDaemonDoes) {
    ASSERT_EQ(setenv("TZ", "Europe/Berlin", 1), 0);
    const Ended next = quantum({"next", "0 9 * * *", "--from", "2026-11-22T00:00:00Z"});
    const Ended explained = quantum({"explain", "0 9 * * *", "--from", "2026-11-22T00:00:00Z"});
    ASSERT_EQ(unsetenv("TZ"), 0);

    EXPECT_THAT(next.out, HasSubstr("Sun 2026-11-22 09:00:00 +01:00   2026-11-22T08:00:00Z\n"));
    EXPECT_THAT(explained.out, HasSubstr("Sun 2026-11-22 09:00:00 +01:00"));
}

TEST(NextProgramTest, GivesFiveUnlessTold) {
    const Ended ended =
        quantum({"next", "0 0 * * *", "--tz", "UTC", "--from", "2026-11-22T00:00:00Z"});

    EXPECT_THAT(ended.out, testing::StartsWith("UTC "));
    EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 6);
    EXPECT_THAT(ended.out, HasSubstr("Mon 2026-11-23 00:00:00 +00:00   2026-11-23T00:00:00Z\n"));
}

TEST(NextProgramTest, CountsFromNowUnlessTold) {
    const Ended ended = quantum({"next", "* * * * *", "--json"});

    const boost::json::value answer = boost::json::parse(ended.out);
    EXPECT_EQ(answer.at("next").as_array().size(), 5u);
    EXPECT_LT(std::string(answer.at("from").as_string()),
              std::string(answer.at("next").at(0).as_string()));
}

TEST(NextProgramTest, AnswersInJson) {
    const Ended ended = quantum({"next", "@every 90m", "--tz", "UTC", "--from",
                                 "2026-11-22T00:00:00+01:00", "--count", "2", "--json"});

    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_EQ(ended.out,
              R"({"expr":"@every 90m","dialect":"cron","tz":"UTC","from":"2026-11-21T23:00:00Z",)"
              R"("next":["2026-11-22T00:30:00Z","2026-11-22T02:00:00Z"]})"
              "\n");
}

TEST(NextProgramTest, SaysWhenThereIsNoMore) {
    const std::vector<std::string> from = {"--from", "2026-11-22T00:00:00Z"};
    auto next = [&from](const std::string& expression) {
        return quantum({"next", expression, "--dialect", "quantum", from[0], from[1]});
    };

    EXPECT_THAT(next("0 0 1 1 * 2027").out,
                HasSubstr("2027-01-01T00:00:00Z\nno further due time after 2027-01-01T00:00:00Z"));
    const Ended over = next("0 0 1 1 * 2020");
    EXPECT_EQ(over.exit_code, 0);
    EXPECT_EQ(over.out, "no due time after 2026-11-22T00:00:00Z\n");
}

TEST(NextProgramTest, RebootHasNoDueTimes) {
    const Ended ended = quantum({"next", "@reboot"});

    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.out, HasSubstr("once when the scheduler starts"));
    EXPECT_THAT(quantum({"next", "@reboot", "--json"}).out, HasSubstr("\"next\":[]"));
}

TEST(NextProgramTest, PointsAtWhatIsWrong) {
    const Ended ended = quantum({"next", "0 24 * * *"});

    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("quantum: hour field, column "));
    EXPECT_THAT(ended.err, HasSubstr("\n    0 24 * * *\n      ^^\n"));
}

TEST(NextProgramTest, FaultsAreJsonWhereJsonWasAskedFor) {
    const Ended ended = quantum({"next", "0 24 * * *", "--json"});

    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_EQ(ended.err, "");
    const boost::json::value answer = boost::json::parse(ended.out);
    EXPECT_EQ(answer.at("expr").as_string(), "0 24 * * *");
    EXPECT_EQ(answer.at("error").at("field").as_string(), "hour");
    EXPECT_EQ(answer.at("error").at("column").as_int64(), 3);
}

TEST(NextProgramTest, NamesAnUnknownZone) {
    const Ended ended = quantum({"next", "@daily", "--tz", "Mars/Base"});

    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.err, HasSubstr("Mars/Base"));
}

}  // namespace
}  // namespace quantum::test
