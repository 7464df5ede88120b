// `quantum plan`; what it reckons is tests/plan's.
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/quantum_program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

struct PlanProgramTest : testing::Test {
    ScratchDirectory scratch;
    const std::string crontab = scratch.write("jobs.crontab",
                                              "# name: backup\n30 2 * * * /bin/true\n"
                                              "# name: load\n*/10 * * * * /bin/true load\n");

    [[nodiscard]] std::vector<std::string> words(std::vector<std::string> words) const {
        words.insert(words.begin(), "plan");
        words.insert(words.end(), {"--state", scratch.path("state"), "--tz", "UTC"});
        return words;
    }
    [[nodiscard]] Ended plan(std::vector<std::string> more = {}) const {
        return quantum(words(std::move(more)));
    }
    /// Lets a daemon take the file as it stands, and stops it.
    void run() const {
        Program daemon(
            quantum_argv({"run", crontab, "--state", scratch.path("state"), "--tz", "UTC"}));
        ASSERT_TRUE(daemon.wait_for("quantum started")) << daemon.err();
        daemon.signal(SIGTERM);
        ASSERT_EQ(daemon.wait().exit_code, 0);
    }
    [[nodiscard]] static int hour_now() {
        const auto since = std::chrono::system_clock::now().time_since_epoch();
        return static_cast<int>(std::chrono::floor<std::chrono::hours>(since).count() % 24);
    }
    [[nodiscard]] static std::vector<boost::json::object> objects(const Ended& ended) {
        std::vector<boost::json::object> found;
        for (std::size_t at = 0; at < ended.out.size();) {
            const std::size_t end = ended.out.find('\n', at);
            found.push_back(boost::json::parse(ended.out.substr(at, end - at)).as_object());
            at = end + 1;
        }
        return found;
    }
};

TEST_F(PlanProgramTest, WithoutALedgerAllIsNew) {
    const Ended ended = plan({crontab});
    EXPECT_EQ(ended.exit_code, 3) << ended.err;
    EXPECT_THAT(ended.out, AllOf(HasSubstr("+ backup   new: 30 runs, next "),
                                 HasSubstr("+ load     new: 4,320 runs"),
                                 HasSubstr("0 change, 2 are new, 0 go, 0 stay as they are.\n"
                                           "apply: quantum reload --plan ")));
}

TEST_F(PlanProgramTest, WhatIsAsItWasIsNoChange) {
    run();
    const Ended same = plan({crontab});
    EXPECT_EQ(same.exit_code, 0) << same.out;
    EXPECT_EQ(same.out, "nothing would change: 2 jobs stay as they are\n");
    EXPECT_EQ(plan().out, same.out) << "the files are known";
    EXPECT_EQ(objects(plan({"--json"}))[0].at("unchanged"), 2);
}

TEST_F(PlanProgramTest, SaysWhatAnEditChangesAndChangesNothing) {
    // Two hours between which it is not now: a period of 30 days has as many of both.
    const bool early = hour_now() < 12;
    const std::string first = early ? "30 14 * * *" : "30 2 * * *";
    const std::string second = early ? "30 16 * * *" : "30 4 * * *";
    scratch.write("jobs.crontab", "# name: backup\n" + first +
                                      " /bin/true\n"
                                      "# name: load\n*/10 * * * * /bin/true load\n");
    run();
    const std::string before =
        std::string(objects(plan({"--json"})).back().at("digest").as_string());
    scratch.write("jobs.crontab",
                  "# name: backup\n" + second + " /bin/true\n# name: more\n@daily /bin/true\n");
    const Ended ended = plan();
    EXPECT_EQ(ended.exit_code, 3);
    EXPECT_THAT(ended.out, AllOf(HasSubstr("~ backup   schedule \"" + first + "\" -> \"" + second +
                                           "\"   r1 -> r2\n        30 runs move by +2h\n"),
                                 HasSubstr("+ more     new: 30 runs"),
                                 HasSubstr("- load     deleted: 4,320 runs vanish"),
                                 HasSubstr("1 changes, 1 is new, 1 goes, 0 stay as they are.\n"
                                           "apply: quantum reload --plan ")));
    const auto json = objects(plan({"--json", "--until", "7d"}));
    ASSERT_THAT(json, SizeIs(4));
    EXPECT_EQ(json[0].at("change"), "changed");
    EXPECT_EQ(json[0].at("moved"), 7);
    EXPECT_EQ(json[0].at("moves").as_array().at(0).as_object().at("by_us"), 7'200'000'000);
    EXPECT_EQ(json[0].at("fields").as_array().at(0).as_object().at("key"), "schedule");
    EXPECT_NE(json[3].at("digest").as_string(), before);
    EXPECT_EQ(json[3].at("digest"), objects(plan({"--json"})).back().at("digest"));
}

TEST_F(PlanProgramTest, ABadFileIsSaidWithItsPlaceAndPlansNothing) {
    scratch.write("jobs.crontab", "61 2 * * * /bin/true\n");
    const Ended ended = plan({crontab});
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("jobs.crontab:1:1: error: minute field"));
    EXPECT_EQ(plan({}).exit_code, 2) << "no file is known";
}

TEST_F(PlanProgramTest, ManyJobsThatChangeAlikeAreToldOnce) {
    // As above: an hour of Kolkata is 5 h 30 min before that of UTC.
    const std::string hour = hour_now() < 9 ? "16" : "8";
    const auto file = [&](const std::string& zone) {
        std::string text = "CRON_TZ=" + zone + "\n";
        for (int i = 0; i < 9; ++i) {
            text += "# name: job-" + std::to_string(i) + "\n0 " + hour + " * * * /bin/true\n";
        }
        scratch.write("jobs.crontab", text);
    };
    file("UTC");
    run();
    file("Asia/Kolkata");
    const Ended ended = plan();
    EXPECT_THAT(ended.out, AllOf(HasSubstr("~ 9 jobs   zone \"UTC\" -> \"Asia/Kolkata\""),
                                 HasSubstr("job-0, job-1, job-2, job-3, job-4 and 4 more"),
                                 HasSubstr("together 270 -> 270 runs, 270 move")));
}

TEST_F(PlanProgramTest, AStartIsRehearsed) {
    run();
    const Ended ended = plan({"--start"});
    EXPECT_THAT(ended.out, HasSubstr("a start now"));
    EXPECT_EQ(ended.exit_code, ended.out.find("nothing to catch up") == std::string::npos ? 3 : 0);
    EXPECT_TRUE(objects(plan({"--start", "--json"})).back().contains("steps"));
}

}  // namespace
}  // namespace quantum::test
