// What a job of another user gets of the program's own rights: nothing. The real program, started
// with all that can be inherited. Tests that are named after a number belong to that item of the
// security checklist.
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct RootRightsTest : testing::Test {
    ScratchDirectory scratch;

    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "only root can run commands as others";
    }
    /// The log of the program, started by `by`, with these lines as a system crontab, up to the end
    /// of the first run.
    std::string log(std::vector<std::string> by, const std::string& lines) {
        const std::string file = scratch.write("system.crontab", "HOME=/\n" + lines);
        chmod(file.c_str(), 0644);
        const std::vector<std::string> run = quantum_argv({"run", "--ephemeral", "--system", file});
        by.insert(by.end(), run.begin(), run.end());
        Program program(std::move(by));
        EXPECT_TRUE(program.wait_for("outcome=")) << program.err();
        program.signal(SIGTERM);
        EXPECT_EQ(program.wait().exit_code, 0);
        return program.err();
    }
};

TEST_F(RootRightsTest, SecurityItem15NoCapabilityIsLeftInAnySet) {
    const std::string text =
        log({"/usr/bin/setpriv", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
             "--securebits=+no_setuid_fixup"},
            "@reboot nobody grep -E '^(Cap|NoNewPrivs)' /proc/self/status; cat /etc/shadow\n");
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
        EXPECT_THAT(text, HasSubstr(std::string(set) + ":\\t0000000000000000")) << text;
    }
    EXPECT_THAT(text, Not(HasSubstr("root:")));
    EXPECT_THAT(text, HasSubstr("Permission denied"));
}

TEST_F(RootRightsTest, SecurityItem15SecurebitsThatCannotBeClearedLetNothingRun) {
    const std::string text = log({"/usr/bin/setpriv",
                                  "--securebits=+no_setuid_fixup,"
                                  "+no_setuid_fixup_locked"},
                                 "@reboot nobody echo ran\n");
    EXPECT_THAT(text, HasSubstr("outcome=failed"));
    EXPECT_THAT(text, HasSubstr("and nothing else: Operation not permitted"));
    EXPECT_THAT(text, Not(HasSubstr("line=ran")));
}

TEST_F(RootRightsTest, AJobIsNoMoreImportantThanAnyProgram) {
    const std::string text = log(
        {"/usr/bin/nice", "-n", "-5", "/usr/bin/ionice", "-c", "2", "-n", "0", "/usr/bin/taskset",
         "1", "/usr/bin/chrt", "--batch", "0"},
        "@reboot nobody echo nice $(nice) cpus $(nproc) io $(ionice) by $(chrt -p $$ | head -1 | "
        "grep -o 'SCHED_.*')\n");
    EXPECT_THAT(text, HasSubstr("nice 0 cpus " + std::to_string(sysconf(_SC_NPROCESSORS_ONLN)) +
                                " io none: prio 0 by SCHED_OTHER"))
        << text;
}

TEST_F(RootRightsTest, AJobIsNotKeptFromBeingKilledForMemory) {
    const std::vector<std::string> by{"/usr/bin/choom", "-n", "-900", "--"};
    std::vector<std::string> probe = by;
    probe.emplace_back("/bin/true");
    if (Program asked(std::move(probe)); asked.wait().exit_code != 0) {
        GTEST_SKIP() << "this root has no right to lower a score";
    }
    EXPECT_THAT(log(by, "@reboot nobody echo oom $(cat /proc/self/oom_score_adj).\n"),
                HasSubstr("oom 0."));
}

TEST_F(RootRightsTest, AJobHasTheLimitsOfTheMachine) {
    rlimit first{};
    ASSERT_EQ(prlimit(1, RLIMIT_STACK, nullptr, &first), 0);
    const std::string machine = std::to_string(first.rlim_cur / 1024);
    const std::string text =
        log({"/usr/bin/prlimit", "--stack=3145728:"}, "@reboot nobody echo stack $(ulimit -s).\n");
    EXPECT_THAT(text, HasSubstr("stack " + machine + '.'));
}

TEST_F(RootRightsTest, WhatKeepsAllThatRunsHereDownStays) {
    const std::string text = log({"/usr/bin/choom", "-n", "300", "--"},
                                 "@reboot nobody echo oom $(cat /proc/self/oom_score_adj).\n");
    EXPECT_THAT(text, HasSubstr("oom 300.")) << text;
}

/// Of the real shadow file with another line for this user.
std::string shadow_with(const std::string& user, const std::string& rest) {
    std::ifstream file("/etc/shadow");
    std::string text;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(user + ':')) text += line + '\n';
    }
    return text + user + ':' + rest + '\n';
}

TEST_F(RootRightsTest, SecurityItem15AnAccountThatHasExpiredRunsNothing) {
    const std::string shadow =
        scratch.write("shadow", shadow_with("nobody", "*:19000:0:99999:7::1:"));
    chmod(shadow.c_str(), 0600);
    const std::vector<std::string> by{"/usr/bin/unshare",
                                      "-m",
                                      "/bin/sh",
                                      "-c",
                                      "mount --bind " + shadow + " /etc/shadow && exec \"$@\"",
                                      "-"};
    const std::string text = log(by, "@reboot nobody echo ran\n");
    if (text.find("quantum started") == std::string::npos) GTEST_SKIP() << "no namespaces here";
    EXPECT_THAT(text, HasSubstr("user 'nobody' may run nothing: the account has expired"));
    EXPECT_THAT(text, Not(HasSubstr("line=ran")));
    // One that is only locked is one of a service.
    scratch.write("shadow", shadow_with("nobody", "!:19000:0:99999:7:::"));
    EXPECT_THAT(log(by, "@reboot nobody echo ran\n"), HasSubstr("line=ran"));
}

TEST_F(RootRightsTest, TheProgramsMemoryIsNobodyElses) {
    const std::string file =
        scratch.write("own.crontab", "@reboot cat /proc/$PPID/environ >/dev/null; echo end\n");
    ASSERT_EQ(chmod(scratch.path("").c_str(), 0755), 0);
    chmod(file.c_str(), 0644);
    std::vector<std::string> argv{"/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup",
                                  "--clear-groups"};
    const std::vector<std::string> run = quantum_argv({"run", "--ephemeral", file});
    argv.insert(argv.end(), run.begin(), run.end());
    Program program(std::move(argv));
    ASSERT_TRUE(program.wait_for("line=end")) << program.err();
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
    EXPECT_THAT(program.err(), HasSubstr("Permission denied"));
}

}  // namespace
}  // namespace quantum::test
