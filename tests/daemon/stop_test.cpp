// How the daemon stops: what runs has its time, and not more; signals that come meanwhile.
#include <array>
#include <chrono>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/stat.h>

#include "base/file_descriptor.hpp"
#include "daemon/daemon.hpp"
#include "daemon/daemon_fixture.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

/// On a machine that has much else to do.
constexpr auto soon = 20s;

struct StopCase {
    std::string name;
    std::string script;
    std::vector<std::string> options;
    std::string outcome;
    std::string forced;
    std::string how;  ///< a field of the end and its value; empty: none
};
struct DaemonStop : DaemonTest, testing::WithParamInterface<StopCase> {};

/// Hears no TERM, nor does what it starts, and ends after `seconds` with code 3.
std::string takes(int seconds) {
    return "trap '' TERM; echo ready; sleep " + std::to_string(seconds) + "; exit 3";
}

TEST_P(DaemonStop, TreatsRunningWorkAsPromised) {
    write_jobs("boot\t@reboot\t" + GetParam().script + "\n");
    Program daemon(command(GetParam().options));
    ASSERT_TRUE(daemon.wait_for("line=ready"));
    daemon.signal(SIGTERM);
    const auto ended = daemon.wait();
    EXPECT_EQ(ended.exit_code, 0);
    const auto ends = with_message(ended.err, "execution ended");
    ASSERT_EQ(ends.size(), 1U) << ended.err;
    EXPECT_EQ(ends[0].at("outcome"), GetParam().outcome) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(GetParam().how));
    const auto stopped = with_message(ended.err, "quantum stopped");
    ASSERT_EQ(stopped.size(), 1U);
    EXPECT_EQ(stopped[0].at("ended_by_force"), GetParam().forced);
    EXPECT_EQ(stopped[0].at("lost"), "0");
}

// How long a step takes is told by what the work still gets done in it.
INSTANTIATE_TEST_SUITE_P(
    Table, DaemonStop,
    testing::Values(
        StopCase{"WorkThatEndsInTime", "echo ready; sleep 0.3", {}, "succeeded", "0", ""},
        StopCase{"WorkThatDoesNot",
                 "echo ready; sleep 90",
                 {"--grace", "200"},
                 "killed",
                 "1",
                 "signal 15"},
        StopCase{"WorkThatIgnoresTermIsKilledAfterItsTime",
                 takes(5),
                 {"--grace", "200", "--kill-after", "200"},
                 "killed",
                 "1",
                 "signal 9"},
        StopCase{"WorkThatTakesItsTimeAfterTermIsNotKilledBefore",
                 takes(5),
                 {"--grace", "200", "--kill-after", "60000"},
                 "killed",
                 "1",
                 "exit code 3"}),
    [](const auto& test) { return test.param.name; });

TEST(DaemonOptionsTest, AStopHas18SecondsAndThen8) {
    EXPECT_EQ(daemon::DaemonOptions().shutdown_grace, 18s);
    EXPECT_EQ(daemon::DaemonOptions().shutdown_kill_after, 8s);
}

TEST_F(DaemonTest, ASecondSignalSkipsTheWait) {
    write_jobs("boot\t@reboot\techo ready; sleep 90\n");
    Program daemon(command({"--grace", "60000"}));
    ASSERT_TRUE(daemon.wait_for("line=ready"));
    daemon.signal(SIGTERM);
    ASSERT_TRUE(daemon.wait_for("msg=stopping"));
    const auto asked = steady_clock::now();
    daemon.signal(SIGTERM);
    const auto ended = daemon.wait();
    EXPECT_LT(steady_clock::now() - asked, soon);
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.err, HasSubstr("stopping at once"));
    EXPECT_THAT(ended.err, HasSubstr("signal 15"));
}

TEST_F(DaemonTest, AThirdSignalKills) {
    write_jobs("boot\t@reboot\ttrap 'echo asked' TERM; echo ready; while :; do sleep 1; done\n");
    Program daemon(command({"--grace", "60000", "--kill-after", "60000"}));
    ASSERT_TRUE(daemon.wait_for("line=ready"));
    daemon.signal(SIGTERM);
    ASSERT_TRUE(daemon.wait_for("msg=stopping"));
    daemon.signal(SIGINT);
    ASSERT_TRUE(daemon.wait_for("line=asked"));
    const auto asked = steady_clock::now();
    daemon.signal(SIGINT);
    const auto ended = daemon.wait();
    EXPECT_LT(steady_clock::now() - asked, soon);
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.err, HasSubstr("signal 9"));
}

TEST_F(DaemonTest, NothingFiresAfterTerm) {
    write_jobs(std::string("tick\t") + every_second +
               "\ttrue\nboot\t@reboot\techo ready; sleep 2.5\n");
    Program daemon(command({}));
    ASSERT_TRUE(daemon.wait_for("line=ready"));
    daemon.signal(SIGTERM);
    const auto ended = daemon.wait();  // the drain lasts over two due times
    EXPECT_EQ(ended.exit_code, 0);
    bool stopping = false;
    for (const Fields& line : parse_all(ended.err)) {
        const auto message = line.find("msg");
        if (message == line.end()) continue;
        stopping = stopping || message->second == "stopping";
        EXPECT_FALSE(stopping && message->second == "execution started") << ended.err;
    }
}

/// A daemon whose controlling terminal is in the test's hands; its log comes through a fifo, which
/// outlives the terminal.
struct DaemonOnATerminal : DaemonTest {
    base::FileDescriptor terminal{posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    base::FileDescriptor log;
    std::string text;

    ~DaemonOnATerminal() override { unlink((directory + "/log").c_str()); }

    /// The shell of a new session opens the terminal, which becomes its own, and turns into the
    /// daemon.
    [[nodiscard]] std::vector<std::string> session() {
        const std::string log_file = directory + "/log";
        EXPECT_EQ(grantpt(terminal.get()), 0);
        EXPECT_EQ(unlockpt(terminal.get()), 0);
        EXPECT_EQ(mkfifo(log_file.c_str(), 0600), 0);
        log.reset(open(log_file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        return {"/usr/bin/setsid", "-w", "/bin/sh", "-c",
                "exec <" + std::string(ptsname(terminal.get())) + " >" + log_file + " 2>&1; exec " +
                    binary("daemon_program") + " " + jobs_file};
    }

    /// False if it does not come in time, or the log ends before.
    bool read_until(const std::string& wanted) {
        const auto until = steady_clock::now() + 2 * soon;
        std::array<char, 4096> buffer{};
        while (text.find(wanted) == std::string::npos) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
            if (left <= 0ms) return false;
            pollfd readable{.fd = log.get(), .events = POLLIN, .revents = 0};
            poll(&readable, 1, static_cast<int>(left.count()));
            const ssize_t got = read(log.get(), buffer.data(), buffer.size());
            if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
            if (got == 0 && !text.empty()) return false;
        }
        return true;
    }

    /// Ends the daemon where closing the terminal did not.
    void kill_daemon() const {
        const auto started = with_message(text, "quantum started");
        if (!started.empty()) ::kill(std::stoi(started[0].at("pid")), SIGKILL);
    }
};

TEST_F(DaemonOnATerminal, StopsWhenItCloses) {
    write_jobs(std::string("yearly\t") + next_year + "\ttrue\n");
    ASSERT_TRUE(terminal);
    Program daemon(session());
    ASSERT_TRUE(read_until("quantum started")) << text;
    terminal.reset();
    const bool stopped = read_until("quantum stopped");
    EXPECT_TRUE(stopped) << text;
    if (!stopped) kill_daemon();
    EXPECT_THAT(text, HasSubstr("signal=HUP"));
    EXPECT_EQ(daemon.wait().exit_code, 0);
}

}  // namespace
}  // namespace quantum::test
