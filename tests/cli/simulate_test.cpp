// `quantum simulate FILE`, the real program.
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/quantum_program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;

struct SimulateProgramTest : testing::Test {
    ScratchDirectory files;
    std::string crontab = files.write("jobs",
                                      "# name: long\n"
                                      "*/10 * * * * long\n"
                                      "# name: nightly\n"
                                      "30 2 * * * nightly\n");

    /// A day, as JSON.
    [[nodiscard]] boost::json::value day(std::vector<std::string> more = {},
                                         const std::string& zone = "UTC") const {
        std::vector<std::string> arguments{"simulate", crontab,
                                           "--tz",     zone,
                                           "--from",   "2027-03-14T00:00:00Z",
                                           "--until",  "2027-03-15T00:00:00Z",
                                           "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Ended ended = quantum(arguments);
        EXPECT_EQ(ended.exit_code, 0) << ended.err;
        EXPECT_EQ(ended.err, "");
        return boost::json::parse(ended.out);
    }
};

TEST_F(SimulateProgramTest, CountsWhatRuns) {
    const auto answer = day();
    EXPECT_EQ(answer.at("executions"), 145);
    EXPECT_EQ(answer.at("overlaps"), 0);
    EXPECT_EQ(answer.at("jobs").at(0).at("executions"), 144);
    EXPECT_EQ(answer.at("jobs").at(1).at("name"), "nightly");
    EXPECT_EQ(answer.at("worst").at(0).at("at"), "2027-03-14T02:30:00Z");
    EXPECT_EQ(answer.at("worst").at(0).at("starts"), 2);
}

TEST_F(SimulateProgramTest, FindsOverlapsFromDurations) {
    const std::string durations = files.write("durations", "15m long\n");
    const auto answer = day({"--durations", durations});
    EXPECT_EQ(answer.at("executions"), 145);
    EXPECT_EQ(answer.at("overlaps"), 143);
    EXPECT_EQ(answer.at("peak").at("running"), 3);  // two of the long ones, and the nightly one
    EXPECT_EQ(answer.at("peak").at("at"), "2027-03-14T02:30:00Z");
    EXPECT_EQ(answer.at("jobs").at(0).at("peak"), 2);
    EXPECT_EQ(answer.at("still_running"), 1);
}

TEST_F(SimulateProgramTest, EndsARunAtItsTimeoutAndTellsAttemptsFromExecutions) {
    const std::string jobs = files.write("jobs.toml",
                                         "[jobs.slow]\nschedule = '* * * * *'\n"
                                         "command = ['x']\ntimeout = '4s'\n"
                                         "[jobs.flaky]\nschedule = '0 * * * *'\n"
                                         "command = ['x']\nretries = 2\nbackoff = '30s'\n");
    const std::string durations = files.write("durations", "10m slow\n1s failed flaky\n");
    const std::vector<std::string> words{"simulate",    jobs,
                                         "--tz",        "UTC",
                                         "--from",      "2027-03-14T00:00:00Z",
                                         "--until",     "2027-03-14T03:00:00Z",
                                         "--durations", durations};
    std::vector<std::string> as_json = words;
    as_json.emplace_back("--json");
    const Ended ended = quantum(as_json);
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    const auto answer = boost::json::parse(ended.out);
    EXPECT_EQ(answer.at("executions"), 183);
    EXPECT_EQ(answer.at("attempts"), 189);
    EXPECT_EQ(answer.at("timed_out"), 180);
    EXPECT_EQ(answer.at("overlaps"), 0);
    EXPECT_TRUE(answer.at("skips").as_object().empty()) << ended.out;
    const auto job = [&](const std::string& name) {
        for (const auto& one : answer.at("jobs").as_array()) {
            if (one.at("name").as_string() == name) return one;
        }
        return boost::json::value();
    };
    EXPECT_EQ(job("slow").at("timed_out"), 180);
    EXPECT_EQ(job("slow").at("attempts"), 180);
    EXPECT_EQ(job("flaky").at("executions"), 3);
    EXPECT_EQ(job("flaky").at("attempts"), 9);
    EXPECT_EQ(job("flaky").at("timed_out"), 0);
    const std::string text = quantum(words).out;
    EXPECT_THAT(text, HasSubstr("attempts                189   including retries\n"));
    EXPECT_THAT(text, HasSubstr("timed out               180\n"));
}

TEST_F(SimulateProgramTest, KnowsTheNightWithoutHalfPastTwo) {
    const auto answer = day({}, "America/New_York");
    EXPECT_EQ(answer.at("jobs").at(1).at("executions"), 1);
    EXPECT_EQ(answer.at("worst").at(0).at("at"), "2027-03-14T07:00:00Z");
}

TEST_F(SimulateProgramTest, TellsMistakesOfDurationsWithTheirPlace) {
    const std::string durations = files.write("durations",
                                              "# fine\n"
                                              "90x long\n"
                                              "90s\n"
                                              "1h failed nightly\n"
                                              "2h nightly\n"
                                              "1s nobody\n");
    const Ended ended = quantum({"simulate", crontab, "--from", "2027-03-14T00:00:00Z", "--until",
                                 "2027-03-15T00:00:00Z", "--durations", durations});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr(durations + ":2:1: error: '90x' is not a duration"));
    EXPECT_THAT(ended.err, HasSubstr(durations + ":3:4: error: the job is missing"));
    EXPECT_THAT(ended.err,
                HasSubstr(durations + ":5:4: error: there is a line for 'nightly' already"));
    EXPECT_THAT(ended.err, HasSubstr(durations + ":6:4: error: there is no job 'nobody'"));
}

TEST_F(SimulateProgramTest, RefusesAnEndBeforeTheStart) {
    const Ended ended = quantum(
        {"simulate", crontab, "--from", "2027-03-14T00:00:00Z", "--until", "2027-03-14T00:00:00Z"});
    EXPECT_EQ(ended.exit_code, 2);
    EXPECT_THAT(ended.err, HasSubstr("is not later than the start"));
}

TEST_F(SimulateProgramTest, RefusesABadCrontab) {
    const std::string bad = files.write("bad", "61 * * * * work\n");
    const Ended ended = quantum(
        {"simulate", bad, "--from", "2027-03-14T00:00:00Z", "--until", "2027-03-15T00:00:00Z"});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.err, HasSubstr(bad + ":1:1"));
}

TEST_F(SimulateProgramTest, ShowsATableToPeople) {
    const Ended ended = quantum({"simulate", crontab, "--tz", "UTC", "--from",
                                 "2027-03-14T00:00:00Z", "--until", "2027-03-15T00:00:00Z"});
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.out, HasSubstr("executions              145\n"));
    EXPECT_THAT(ended.out, HasSubstr("worst instants"));
    EXPECT_THAT(ended.out, HasSubstr("nightly\n"));
}

}  // namespace
}  // namespace quantum::test
