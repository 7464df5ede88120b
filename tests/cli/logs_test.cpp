// `quantum logs`: what a real run wrote, while it runs and when it has ended. Tests that are named
// after a number belong to that item of the security checklist.
#include <fstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "cli/quantum_program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct LogsProgramTest : testing::Test {
    ScratchDirectory scratch;
    const std::string state = scratch.path("state");

    /// A daemon on one job that runs at its start.
    [[nodiscard]] Program daemon(const std::string& command) const {
        return Program(quantum_argv(
            {"run", "--state", state,
             scratch.write("site.crontab", "# name: job\n@reboot " + command + "\n")}));
    }
    /// What is shown when the job has ended.
    Ended logs_after(const std::string& command, std::vector<std::string> options = {}) {
        Program program = daemon(command);
        EXPECT_TRUE(program.wait_for("outcome=")) << program.err();
        program.signal(SIGTERM);
        EXPECT_EQ(program.wait().exit_code, 0);
        return logs(std::move(options));
    }
    [[nodiscard]] Ended logs(std::vector<std::string> options = {},
                             const std::string& target = "job") const {
        options.insert(options.begin(), {"logs", "--state", state});
        options.push_back(target);
        return quantum(options);
    }
};

/// Every byte, by the shell's printf; `%` is cron's newline.
std::string every_byte_command() {
    std::string command = "printf '";
    for (int value = 0; value < 256; ++value) {
        command += '\\';
        for (const int digit : {value / 64, value / 8 % 8, value % 8}) {
            command += static_cast<char>('0' + digit);
        }
    }
    return command + "'";
}

TEST_F(LogsProgramTest, ShowsWhatTheNewestRunWrote) {
    const Ended shown = logs_after("echo one; echo two >&2; printf three");
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_EQ(shown.out.size(), 13U) << shown.out;
    EXPECT_THAT(shown.out, HasSubstr("three"));
}

TEST_F(LogsProgramTest, ShowsNothingOfASilentRun) {
    const Ended shown = logs_after("true");
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_EQ(shown.out, "");
}

TEST_F(LogsProgramTest, SecurityItem26WhatWouldActOnATerminalIsEscaped) {
    const Ended shown = logs_after(
        "printf 'a\\033]8;;http://evil\\007 \\302\\233 2J \\033[2J\\r\\177 "
        "\\342\\200\\256 gnp\\n level=error msg=fake\\n\\303\\244\\t\\377'");
    EXPECT_EQ(shown.out,
              "a\\x1b]8;;http://evil\\x07 \\u009b 2J \\x1b[2J\\r\\x7f \\u202e gnp\n"
              " level=error msg=fake\n\u00e4\t\\xff");
}

TEST_F(LogsProgramTest, SecurityItem27JsonHoldsEveryByteValue) {
    const Ended shown = logs_after(every_byte_command(), {"--json"});
    std::vector<boost::json::value> lines;
    for (std::size_t begin = 0; begin < shown.out.size();) {
        const std::size_t end = shown.out.find('\n', begin);
        lines.push_back(boost::json::parse(shown.out.substr(begin, end - begin)));
        begin = end + 1;
    }
    ASSERT_GE(lines.size(), 2U);
    EXPECT_EQ(lines[0].at("job").as_string(), "job");
    EXPECT_EQ(lines[0].at("state").as_string(), "succeeded");
    EXPECT_THAT(shown.out,
                HasSubstr("\"output_base64\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"));
}

TEST_F(LogsProgramTest, RawGivesEveryByteAsItWas) {
    const Ended shown = logs_after(every_byte_command(), {"--raw"});
    std::string bytes;
    for (int value = 0; value < 256; ++value) bytes += static_cast<char>(value);
    EXPECT_EQ(shown.out, bytes);
}

TEST_F(LogsProgramTest, SaysHowMuchOfLongOutputWasNotKept) {
    const Ended shown = logs_after("yes | head -c 1000000");
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("y\n[… 737856 bytes were not kept …]\ny\n"));
}

TEST_F(LogsProgramTest, FollowsARunToItsEnd) {
    const std::string go = scratch.path("go");
    ASSERT_EQ(mkfifo(go.c_str(), 0600), 0);
    Program program = daemon("echo begun; read -r line <" + go + "; echo $line");
    ASSERT_TRUE(program.wait_for("line=begun")) << program.err();
    EXPECT_EQ(logs().out, "begun\n");

    Program follower(quantum_argv({"logs", "--state", state, "-f", "job"}));
    ASSERT_TRUE(follower.wait_for("begun")) << follower.err();
    std::ofstream(go) << "ended\n";
    const Ended followed = follower.wait();

    EXPECT_EQ(followed.exit_code, 0);
    EXPECT_EQ(followed.out, "begun\nended\n");
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
}

TEST_F(LogsProgramTest, FollowsNoFurtherThanTheScheduler) {
    const std::string go = scratch.path("go");
    ASSERT_EQ(mkfifo(go.c_str(), 0600), 0);
    Program program = daemon("echo begun; read -r line <" + go + "; echo $line");
    ASSERT_TRUE(program.wait_for("line=begun")) << program.err();
    Program follower(quantum_argv({"logs", "--state", state, "-f", "job"}));
    ASSERT_TRUE(follower.wait_for("begun")) << follower.err();
    program.signal(SIGKILL);
    static_cast<void>(program.wait());
    const Ended followed = follower.wait();
    std::ofstream(go) << "let go\n";

    EXPECT_EQ(followed.exit_code, 1);
    EXPECT_EQ(followed.out, "begun\n");
    EXPECT_THAT(followed.err, HasSubstr("the scheduler is gone"));
}

TEST_F(LogsProgramTest, FindsAnExecutionByTheBeginningOfItsId) {
    (void)logs_after("echo found");
    const Ended history = quantum({"history", "--state", state, "--json"});
    const auto entry = boost::json::parse(history.out.substr(0, history.out.find('\n')));
    const std::string id(entry.at("execution").as_string());
    EXPECT_EQ(logs({}, id.substr(0, 13)).out, "found\n");
}

TEST_F(LogsProgramTest, NamesWhatItDoesNotFind) {
    (void)logs_after("true");
    const Ended shown = logs({}, "other");
    EXPECT_EQ(shown.exit_code, 1);
    EXPECT_THAT(shown.err, HasSubstr("no job and no execution is named 'other'"));
}

TEST_F(LogsProgramTest, WhatARunHadWrittenBeforeACrashIsKept) {
    Program program = daemon("echo before the crash; exec sleep 60");
    ASSERT_TRUE(program.wait_for("line=\"before the crash\"")) << program.err();
    program.signal(SIGKILL);
    (void)program.wait();

    Program again(quantum_argv({"run", "--state", state, scratch.path("site.crontab")}));
    ASSERT_TRUE(again.wait_for("quantum started")) << again.err();
    again.signal(SIGTERM);
    EXPECT_EQ(again.wait().exit_code, 0);
    const Ended shown = logs({"--json"});
    EXPECT_THAT(shown.out, HasSubstr("\"state\":\"lost\""));
    EXPECT_THAT(shown.out, HasSubstr("before the crash"));
}

}  // namespace
}  // namespace quantum::test
