// `quantum verify` beside a daemon that is busy, and after every way in which one ends: exit 0.
// A few calls, unless QUANTUM_LONG is set; then a hundred.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "cli/quantum_program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

bool is_long() { return std::getenv("QUANTUM_LONG") != nullptr; }

// Everything that may be open, wait, be tried again, be skipped or be replaced at any moment.
constexpr const char* jobs = R"(
[jobs.tick]
schedule = "@every 1s"
shell = "echo tick >/proc/$PPID/fd/1"
overlap = "allow"

[jobs.retried]
schedule = "@every 3s"
shell = "exit 1"
retries = 2
backoff = "700ms"

[jobs.tried-for-long]
schedule = "@every 5s"
shell = "exit 1"
retries = 3
backoff = "2s"
retry_past_next = true

[jobs.retried-beside-others]
schedule = "@every 2s"
shell = "exit 1"
retries = 1
backoff = "1s"
overlap = "allow"

[jobs.queued]
schedule = "@every 1s"
shell = "sleep 1.3"
overlap = "queue"
queue = 3

[jobs.skipped]
schedule = "@every 1s"
shell = "sleep 2.5"

[jobs.replaced]
schedule = "@every 2s"
shell = "sleep 30"
overlap = "replace"
on_lost = "rerun"
backoff = "1s"

[jobs.timed-out]
schedule = "@every 4s"
shell = "sleep 30"
timeout = "1s"
retries = 1
backoff = "500ms"

[jobs.late]
schedule = "@every 2s"
command = ["true"]
jitter = "1900ms"

[jobs.rerun]
schedule = "@every 6s"
shell = "sleep 4"
on_lost = "rerun"
backoff = "1s"

[jobs.calendar]
schedule = "*:*:00/3"
dialect = "systemd"
command = ["true"]
)";

struct VerifyLiveTest : testing::Test {
    ScratchDirectory scratch;
    const std::string state = scratch.path("state");
    const std::string file = scratch.write("jobs.toml", jobs);

    [[nodiscard]] Program start(const std::string& options = {}) const {
        return Program({"/bin/sh", "-c",
                        "exec " + quantum_path() + " run --state " + state + " " + options + " " +
                            file + " 2>>" + scratch.path("log")});
    }
    // Until so many ticks more have come.
    static void wait_for_ticks(Program& program, std::size_t more) {
        const auto ticks = [&] {
            return static_cast<std::size_t>(
                std::count(program.out().begin(), program.out().end(), '\n'));
        };
        program.allow(std::chrono::seconds(more));
        const std::size_t until = ticks() + more;
        while (ticks() < until) ASSERT_TRUE(program.wait_for_more());
    }
    void verify(const std::string& when) const {
        const Ended verified = quantum({"verify", "--state", state});
        EXPECT_EQ(verified.exit_code, 0) << when << ":\n" << verified.out << verified.err;
        EXPECT_THAT(verified.out, testing::Not(testing::HasSubstr("not judged"))) << when;
    }
};

TEST_F(VerifyLiveTest, HasNothingToReportBesideABusyDaemonNorAfterIt) {
    Program program = start();
    ASSERT_NO_FATAL_FAILURE(wait_for_ticks(program, 3));
    const int calls = is_long() ? 100 : 8;
    for (int i = 0; i < calls; ++i) {
        ASSERT_NO_FATAL_FAILURE(wait_for_ticks(program, 1));
        verify("call " + std::to_string(i + 1));
    }
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
    verify("after a clean stop");
}

TEST_F(VerifyLiveTest, HasNothingToReportAfterAKillNorAfterTheStartThatFollows) {
    for (int life = 0; life < (is_long() ? 20 : 2); ++life) {
        Program program = start();
        ASSERT_NO_FATAL_FAILURE(wait_for_ticks(program, life % 2 == 0 ? 6 : 4));
        verify("life " + std::to_string(life));
        program.signal(SIGKILL);
        static_cast<void>(program.wait());
        verify("life " + std::to_string(life) + " was killed");
    }
}

}  // namespace
}  // namespace quantum::test
