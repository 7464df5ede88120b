#include "daemon/daemon.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/daemon_fixture.hpp"

namespace quantum::daemon {
namespace {

using test::DaemonTest;
using test::every_second;
using test::Fields;
using test::next_year;
using test::parse;
using test::parse_all;
using test::Program;
using test::with_message;
using testing::HasSubstr;
using testing::Not;

/// What `human` printed, in milliseconds.
double milliseconds(const std::string& text) {
    const double number = std::stod(text);
    if (text.ends_with("us")) return number / 1000;
    if (text.ends_with("ms")) return number;
    return number * 1000;
}

/// The children of each thread of a process: they belong to the one that started them.
std::string children_of(pid_t pid) {
    std::string all;
    for (const auto& task :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        std::ifstream file(task.path() / "children");
        std::string children;
        std::getline(file, children);
        all += children;
    }
    return all;
}

TEST_F(DaemonTest, TwoHundredCommandsDueInTheSameSecondAllRunAndNoneIsLost) {
    std::string jobs;
    for (int i = 0; i < 200; ++i) {
        jobs += "job-" + std::to_string(i) + "\t@every 2s\techo $QUANTUM_JOB\n";
    }
    write_jobs(jobs);
    Program daemon(command({}));
    ASSERT_TRUE(daemon.wait_for("quantum started"));
    // The first 200 ends belong to the first instant; what of the second there is may be cut off.
    while (with_message(daemon.err(), "execution ended").size() < 200) {
        const auto ended = with_message(daemon.err(), "execution ended").size();
        ASSERT_TRUE(daemon.wait_for_more()) << ended;
    }
    daemon.signal(SIGTERM);
    const auto ended = daemon.wait();
    EXPECT_EQ(ended.exit_code, 0);

    std::map<std::string, std::set<std::string>> started;  // jobs by due time
    std::vector<double> lateness;
    std::vector<double> queued;
    for (Fields& line : with_message(ended.err, "execution started")) {
        started[line["due"]].insert(line["job"]);
        lateness.push_back(milliseconds(line["lateness"]));
        queued.push_back(milliseconds(line["queued"]));
    }
    ASSERT_FALSE(started.empty());
    EXPECT_EQ(started.begin()->second.size(), 200U);
    std::set<std::string> outputs;
    for (Fields& line : parse_all(ended.err)) {
        if (line["channel"] == "stdout") {
            EXPECT_EQ(line["line"], line["job"]);
            outputs.insert(line["job"]);
        }
    }
    EXPECT_EQ(outputs.size(), 200U);
    const auto starts = with_message(ended.err, "execution started");
    const auto ends = with_message(ended.err, "execution ended");
    EXPECT_EQ(starts.size(), ends.size());
    for (const Fields& line : ends) EXPECT_EQ(line.at("outcome"), "succeeded");

    for (const auto& [name, values] : {std::pair{"lateness", &lateness}, {"queued", &queued}}) {
        values->resize(200);
        std::sort(values->begin(), values->end());
        EXPECT_GE(values->front(), 0);
        std::cout << name << " of 200 commands due at once: p50 " << (*values)[100] << " ms, p99 "
                  << (*values)[198] << " ms, max " << (*values)[199] << " ms\n";
    }
}

TEST_F(DaemonTest, SaysAtTheStartHowManyJobsThereAreAndWhichIsNext) {
    write_jobs(std::string("yearly\t") + next_year + "\ttrue\nother\t0 0 0 2 1 * *\ttrue\n");
    Program daemon(command({}));
    ASSERT_TRUE(daemon.wait_for("quantum started"));
    daemon.signal(SIGTERM);
    const auto ended = daemon.wait();
    EXPECT_EQ(ended.exit_code, 0);
    const auto lines = with_message(ended.err, "quantum started");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].at("jobs"), "2");
    EXPECT_EQ(lines[0].at("next_job"), "yearly");
    EXPECT_THAT(lines[0].at("next_due"), testing::EndsWith("-01-01T00:00:00Z"));
    EXPECT_EQ(lines[0].at("node"), "test-node");
    EXPECT_EQ(with_message(ended.err, "quantum stopped").size(), 1U);
}

TEST_F(DaemonTest, AFileThatCannotBeReadEndsItWithItsReason) {
    Program daemon(command({}));
    const auto ended = daemon.wait();
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.err, HasSubstr("cannot read " + jobs_file));
}

TEST_F(DaemonTest, AReloadAddsChangesRemovesAndLeavesTheRestAlone) {
    write_jobs(std::string("keep\t@reboot\techo kept; sleep 90\n") + "change\t" + next_year +
               "\ttrue\n" + "remove\t" + next_year + "\ttrue\n");
    Program daemon(command({"--grace", "0"}));
    ASSERT_TRUE(daemon.wait_for("line=kept"));
    write_jobs(std::string("keep\t@reboot\techo kept; sleep 90\n") + "change\t" + next_year +
               "\tfalse\n" + "new\t" + every_second + "\techo fresh\n" +
               "boot\t@reboot\techo not at a reload\n");
    daemon.signal(SIGHUP);
    ASSERT_TRUE(daemon.wait_for("line=fresh"));
    EXPECT_NE(children_of(daemon.pid()), "");
    daemon.signal(SIGTERM);
    const auto ended = daemon.wait();
    const auto reloaded = with_message(ended.err, "reloaded");
    ASSERT_EQ(reloaded.size(), 1U) << ended.err;
    EXPECT_EQ(reloaded[0].at("jobs"), "4");
    EXPECT_EQ(reloaded[0].at("added"), "2");
    EXPECT_EQ(reloaded[0].at("changed"), "1");
    EXPECT_EQ(reloaded[0].at("removed"), "1");
    EXPECT_EQ(reloaded[0].at("unchanged"), "1");
    EXPECT_EQ(reloaded[0].at("next_job"), "new");
    EXPECT_THAT(ended.err, Not(HasSubstr("not at a reload")));
}

TEST_F(DaemonTest, ABadFileAtAReloadChangesNothingAndSaysWhy) {
    write_jobs(std::string("tick\t") + every_second + "\techo tick\n");
    Program daemon(command({}));
    ASSERT_TRUE(daemon.wait_for("line=tick"));
    write_jobs("tick\tnonsense\techo changed\n");
    daemon.signal(SIGHUP);
    ASSERT_TRUE(daemon.wait_for("reload rejected"));
    const auto ticks = [&] {
        const std::string& log = daemon.err();
        return log.find("line=tick", log.find("reload rejected")) != std::string::npos;
    };
    while (!ticks()) ASSERT_TRUE(daemon.wait_for_more());
    daemon.signal(SIGINT);
    EXPECT_EQ(daemon.wait().exit_code, 0);
    EXPECT_THAT(daemon.err(), Not(HasSubstr("changed")));
}

TEST_F(DaemonTest, JsonLinesAreValidForAnyOutput) {
    write_jobs("bytes\t@reboot\tprintf 'a\\377\\033[2J\\000\"b\\\\\\n'; echo last\n");
    Program daemon(command({"--json"}));
    ASSERT_TRUE(daemon.wait_for("execution ended"));
    daemon.signal(SIGTERM);
    const auto ended = daemon.wait();
    std::istringstream stream(ended.err);
    bool seen = false;
    for (std::string line; std::getline(stream, line);) {
        const auto object = boost::json::parse(line).as_object();
        EXPECT_TRUE(object.contains("time"));
        if (const auto* base64 = object.if_contains("line_base64")) {
            seen = true;
            EXPECT_EQ(*base64, "Yf8bWzJKACJiXA==");
        }
    }
    EXPECT_TRUE(seen) << ended.err;
}

TEST_F(DaemonTest, AFailedStartIsAnOutcomeWithItsReason) {
    write_jobs("gone\t@reboot\texit 3\n");
    Program daemon(command({}));
    ASSERT_TRUE(daemon.wait_for("execution ended"));
    daemon.signal(SIGTERM);
    const auto ends = with_message(daemon.wait().err, "execution ended");
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(ends[0].at("level"), "warning");
    EXPECT_EQ(ends[0].at("outcome"), "failed");
    EXPECT_EQ(ends[0].at("exit_code"), "3");
}

TEST_F(DaemonTest, LeavesNoZombieBehind) {
    write_jobs(std::string("many\t") + every_second + "\ttrue\n");
    Program daemon(command({}));
    while (with_message(daemon.err(), "execution ended").size() < 3) {
        ASSERT_TRUE(daemon.wait_for_more());
    }
    // The end is logged after the child was reaped, and the next is a second away.
    EXPECT_EQ(children_of(daemon.pid()), "");
    daemon.signal(SIGTERM);
    EXPECT_EQ(daemon.wait().exit_code, 0);
}

}  // namespace
}  // namespace quantum::daemon
