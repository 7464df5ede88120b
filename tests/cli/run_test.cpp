// `quantum run`: the real program on real crontabs, stopped by real signals.
#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "config/account.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct RunProgramTest : testing::Test {
    ScratchDirectory scratch;

    std::string write(std::string_view text) const { return scratch.write("site.crontab", text); }

    /// `quantum run` with these arguments and a state directory of its own.
    [[nodiscard]] std::vector<std::string> run(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"run", "--state", scratch.path("state")});
        return arguments;
    }

    /// Runs the file until `text` is seen in the log, then stops the program.
    Ended run_until(std::string_view text, const std::string& file,
                    std::vector<std::string> more = {},
                    const Program::Environment& environment = {}) {
        more.push_back(file);
        Program program(quantum_argv(run(std::move(more))), {}, environment);
        EXPECT_TRUE(program.wait_for(text)) << program.err();
        program.signal(SIGTERM);
        return program.wait();
    }
};

TEST_F(RunProgramTest, RunsJobsAndStopsCleanly) {
    const Ended ended = run_until(
        "outcome=", write("# name: first\nX=\"a b\"\n# name: second\n@reboot echo \"$X\" there\n"));

    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("job=second"));
    EXPECT_THAT(ended.err, HasSubstr("line=\"a b there\""));
    EXPECT_THAT(ended.err, HasSubstr("outcome=succeeded"));
}

TEST_F(RunProgramTest, AnIntervalRunsAgainAndAgain) {
    const std::string count = scratch.path("count");

    const Ended ended =
        run_until("line=3", write("@every 1s echo x >> " + count + "; wc -l < " + count + "\n"));

    EXPECT_EQ(ended.exit_code, 0);
}

TEST_F(RunProgramTest, WhatFollowsThePercentSignIsStandardInput) {
    const Ended ended = run_until("line=two", write("@reboot cat%one\\%%two\n"));

    EXPECT_THAT(ended.err, HasSubstr("line=one%"));
    EXPECT_THAT(ended.err, HasSubstr("level=warning"));
    EXPECT_THAT(ended.err, HasSubstr("site.crontab:1:12"));
}

TEST_F(RunProgramTest, JobsSeeWhatCronGivesThemAndNothingElse) {
    const Ended ended =
        run_until("line=end", write("HOME=/\nCRON_TZ=UTC\n@reboot env | sort; pwd; echo end\n"),
                  {"--pass-env", "QUANTUM_PASSED"}, {"QUANTUM_PASSED=yes", "QUANTUM_KEPT=no"});

    const config::Account account = config::own_account();
    for (const std::string& line :
         {std::string("SHELL=/bin/sh"), std::string("PATH=/usr/bin:/bin"), std::string("HOME=/"),
          "LOGNAME=" + account.name, "USER=" + account.name, std::string("CRON_TZ=UTC"),
          std::string("QUANTUM_PASSED=yes"),
          std::string("QUANTUM_JOB=site:env-sort-pwd-echo-end")}) {
        EXPECT_THAT(ended.err, HasSubstr("line=\"" + line + "\""));
    }
    EXPECT_THAT(ended.err, Not(HasSubstr("QUANTUM_KEPT")));
    EXPECT_THAT(ended.err, HasSubstr("line=/\n"));
}

TEST_F(RunProgramTest, ACommandWithCarriageReturnsRunsWithoutThem) {
    const Ended ended = run_until("line=end", write("@reboot echo end\r\n"));

    EXPECT_THAT(ended.err, Not(HasSubstr("\\r")));
}

TEST_F(RunProgramTest, ASystemCrontabRunsTheOwnUsersLines) {
    const std::string user = config::own_account().name;

    EXPECT_EQ(
        run_until("line=end", write("@reboot " + user + " echo end\n"), {"--system"}).exit_code, 0);

    const Ended refused = quantum(
        run({"--strict", "--system", write("@reboot " + user + " a\n@reboot someone b\n")}));
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("the user 'someone'"));
}

TEST_F(RunProgramTest, LogsInJsonWhenTold) {
    const Ended ended =
        run_until("\"outcome\"", write("@reboot date +%Y >/dev/null\n"), {"--log-format", "json"});

    for (std::size_t begin = 0; begin < ended.err.size();) {
        const std::size_t end = ended.err.find('\n', begin);
        ASSERT_NE(end, std::string::npos);
        EXPECT_TRUE(boost::json::parse(ended.err.substr(begin, end - begin)).is_object());
        begin = end + 1;
    }
}

TEST_F(RunProgramTest, AFileWithAnErrorIsRefusedWhereToldToBeStrictAndSaysWhy) {
    const std::string file = write("@reboot echo started\n0 25 * * * a\n0 3 * *\n");
    const Ended ended = quantum(run({"--strict", file}));

    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_THAT(ended.err, HasSubstr("site.crontab:2:3"));
    EXPECT_THAT(ended.err, HasSubstr("site.crontab:3:"));
    EXPECT_THAT(ended.err, Not(HasSubstr("line=started")));
}

TEST_F(RunProgramTest, WhatCannotBeReadIsRefused) {
    for (const std::string& path : {scratch.path("none"), write("") + "/below"}) {
        const Ended ended = quantum(run({path}));
        EXPECT_EQ(ended.exit_code, 1) << path;
        EXPECT_THAT(ended.err, HasSubstr(path));
    }
}

TEST_F(RunProgramTest, HangUpReadsTheFilesAgain) {
    const std::string file = write("@every 1h echo old\n");
    Program program(quantum_argv(run({file})));
    ASSERT_TRUE(program.wait_for("next_job=")) << program.err();

    write("@every 1s echo new\n");
    program.signal(SIGHUP);

    EXPECT_TRUE(program.wait_for("line=new")) << program.err();
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
}

TEST_F(RunProgramTest, AReloadOfABadFileChangesNothing) {
    const std::string marker = scratch.path("marker");
    const std::string file = write("@every 1s test -e " + marker + " && echo still running\n");
    Program program(quantum_argv(run({file})));
    ASSERT_TRUE(program.wait_for("next_job=")) << program.err();

    write("99 * * * * a\n");
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("site.crontab:1:1")) << program.err();
    scratch.write("marker", "");

    EXPECT_TRUE(program.wait_for("line=\"still running\"")) << program.err();
    program.signal(SIGINT);
    EXPECT_EQ(program.wait().exit_code, 0);
}

}  // namespace
}  // namespace quantum::test
