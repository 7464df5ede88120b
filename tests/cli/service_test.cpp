// `quantum run` under a service manager: the real program, and a stand-in for systemd.
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "cli/quantum_program.hpp"
#include "support/datagram_socket.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct ServiceTest : testing::Test {
    ScratchDirectory scratch;
    DatagramSocket manager{scratch.path("notify")};
    const std::string state = scratch.path("state");

    std::string write(const std::string& text) const {
        const std::string path = scratch.write("jobs", text);
        chmod(path.c_str(), 0644);  // root takes no other
        return path;
    }
    /// As systemd starts a service.
    [[nodiscard]] Program start(std::vector<std::string> more,
                                Program::Environment environment = {}) const {
        more.insert(more.begin(), {"run", "--state", state});
        environment.push_back("NOTIFY_SOCKET=" + scratch.path("notify"));
        return Program(quantum_argv(std::move(more)), {}, environment);
    }
    static void stop(Program& program) {
        program.signal(SIGTERM);
        EXPECT_EQ(program.wait().exit_code, 0) << program.err();
    }
};

TEST_F(ServiceTest, IsReadyOnceItHasRecoveredAndTellsOfReloadsAndItsStop) {
    const std::string jobs = write("# name: a\n0 0 1 1 * true\n");
    Program program = start({jobs});
    ASSERT_TRUE(manager.wait_for("READY=1"));
    // What is ready has told so: the ledger is there, and the jobs are in it.
    EXPECT_EQ(quantum({"status", "--state", state}).exit_code, 0);
    ASSERT_TRUE(program.wait_for("quantum started")) << program.err();
    const auto status = manager.wait_for("STATUS=");
    ASSERT_TRUE(status);
    EXPECT_THAT(*status, StartsWith("STATUS=1 job, next a "));

    write("# name: a\n0 0 1 1 * true\n# name: b\n0 0 1 1 * true\n");
    program.signal(SIGHUP);
    ASSERT_TRUE(manager.wait_for("RELOADING=1\nMONOTONIC_USEC="));
    ASSERT_TRUE(manager.wait_for("READY=1"));
    // One that is refused leaves it ready, too.
    write("0 25 * * * true\n");
    program.signal(SIGHUP);
    ASSERT_TRUE(manager.wait_for("RELOADING=1"));
    ASSERT_TRUE(manager.wait_for("READY=1"));
    ASSERT_TRUE(program.wait_for("reload rejected")) << program.err();

    program.signal(SIGTERM);
    const auto stopping = manager.wait_for("STOPPING=1");
    ASSERT_TRUE(stopping);
    EXPECT_EQ(*stopping, "STOPPING=1\nEXTEND_TIMEOUT_USEC=36000000");
    EXPECT_EQ(program.wait().exit_code, 0);
}

TEST_F(ServiceTest, AFailedStartIsNeverReady) {
    Program program = start({scratch.path("none")});
    EXPECT_EQ(program.wait().exit_code, 1);
    EXPECT_THAT(manager.all(), Not(Contains("READY=1")));
}

TEST_F(ServiceTest, ALoopThatStopsIsKilledAndStartedAgainAndNothingIsLost) {
    const std::string jobs = write("# name: a\n@every 1s true\n");
    const Program::Environment watchdog{"WATCHDOG_USEC=1500000"};
    {
        Program program = start({jobs}, watchdog);
        ASSERT_TRUE(manager.wait_for("READY=1"));
        for (int i = 0; i < 6; ++i) ASSERT_TRUE(manager.wait_for("WATCHDOG=1"));
        program.signal(SIGSTOP);
        static_cast<void>(manager.all());
        // Nothing comes any more, upon which a service manager does this.
        EXPECT_FALSE(manager.next(1500ms));
        program.signal(SIGKILL);
        EXPECT_EQ(program.wait().exit_code, 128 + SIGKILL);
    }
    Program program = start({jobs}, watchdog);
    ASSERT_TRUE(manager.wait_for("READY=1"));
    ASSERT_TRUE(manager.wait_for("WATCHDOG=1"));
    ASSERT_TRUE(program.wait_for("outcome=succeeded")) << program.err();
    stop(program);
    const Ended verified = quantum({"verify", "--state", state});
    EXPECT_EQ(verified.exit_code, 0) << verified.out;
}

TEST_F(ServiceTest, JobsDoNotTakeThemselvesForTheService) {
    const std::string jobs = write("@reboot env | sort; echo end\n");
    Program program = start({"--pass-env", "all", jobs},
                            {"WATCHDOG_USEC=30000000", "JOURNAL_STREAM=1:2", "PASSED_ON=yes"});
    ASSERT_TRUE(program.wait_for("line=end")) << program.err();
    stop(program);
    EXPECT_THAT(program.err(), HasSubstr("PASSED_ON=yes"));
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "JOURNAL_STREAM"}) {
        EXPECT_THAT(program.err(), Not(HasSubstr(std::string("line=\"") + name))) << name;
    }
}

TEST_F(ServiceTest, OnATerminalTheLogIsForPeople) {
    const std::string jobs = write("# name: hello\n@reboot echo welcome\n");
    // `script` gives it a terminal.
    Program program({"/usr/bin/script", "--quiet", "--return", "--command",
                     quantum_path() + " run --ephemeral " + jobs, "/dev/null"},
                    {}, {"NO_COLOR=1", "TZ=UTC"});
    ASSERT_TRUE(program.wait_for("hello | welcome")) << program.out();
    ASSERT_TRUE(program.wait_for("succeeded after")) << program.out();
    program.write("\x03");
    ASSERT_TRUE(program.wait_for("quantum stopped")) << program.out();
    const std::string text = program.out();
    EXPECT_LT(text.find("quantum started: 1 job"), text.find("hello")) << text;
    EXPECT_THAT(text, Not(HasSubstr("level=")));
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.size(), text.find('\n', begin));
        EXPECT_LE(end - begin, 81u) << text.substr(begin, end - begin);
        begin = end + 1;
    }
}

}  // namespace
}  // namespace quantum::test
