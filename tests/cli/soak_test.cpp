// The real program under load: commands without end, output without end. Seconds unless
// QUANTUM_LONG is set; then an hour and a minute.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "run/process_table.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

bool is_long() { return std::getenv("QUANTUM_LONG") != nullptr; }

/// A line that tells this test of every second, through the program's own standard output.
constexpr const char* tick = "# name: tick\n@every 1s echo tick >/proc/$PPID/fd/1\n";

struct SoakTest : testing::Test {
    ScratchDirectory scratch;
    const std::string state = scratch.path("state");

    /// The program on this crontab, its log in a file.
    [[nodiscard]] Program start(const std::string& crontab) const {
        const std::string file = scratch.write("site.crontab", crontab + tick);
        return Program({"/bin/sh", "-c",
                        "exec " + quantum_path() + " run --state " + state + " " + file + " 2>" +
                            scratch.path("log")});
    }
    /// Until `seconds` ticks have come.
    static void wait(Program& program, std::size_t seconds) {
        program.allow(std::chrono::seconds(seconds));
        const auto ticks = [&] {
            return static_cast<std::size_t>(
                std::count(program.out().begin(), program.out().end(), '\n'));
        };
        const std::size_t until = ticks() + seconds;
        while (ticks() < until) ASSERT_TRUE(program.wait_for_more());
    }
    void stop(Program& program) const {
        program.signal(SIGTERM);
        std::ifstream log(scratch.path("log"));
        EXPECT_EQ(program.wait().exit_code, 0)
            << std::string(std::istreambuf_iterator<char>(log), {}).substr(0, 4000);
        const Ended verified = quantum({"verify", "--state", state});
        EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
    }
};

long resident_bytes(pid_t pid) {
    long pages = 0;
    long resident = 0;
    std::ifstream(proc_path(pid, "statm")) >> pages >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

std::size_t descriptors_of(pid_t pid) {
    const std::filesystem::directory_iterator all(proc_path(pid, "fd"));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t zombies_of(pid_t parent) {
    const auto processes = read_processes();
    if (!processes) return 0;
    return static_cast<std::size_t>(std::count_if(
        processes->begin(), processes->end(),
        [&](const Process& process) { return process.parent == parent && process.state == 'Z'; }));
}

TEST_F(SoakTest, MixedCommandsLeaveNothingBehind) {
    std::string crontab;
    const char* const commands[] = {"true",
                                    "echo a line",
                                    "exit 3",
                                    "sleep 0.2",
                                    "seq 2000",
                                    "no-such-command",
                                    "(sleep 0.1 &)",
                                    "kill -9 $$",
                                    "cat /proc/self/environ",
                                    "cat%to standard input"};
    for (int i = 0; i < 50; ++i) {
        crontab += "@every 1s " + std::string(commands[i % 10]) + "\n";
    }
    Program program = start(crontab);
    ASSERT_NO_FATAL_FAILURE(wait(program, 3));
    const std::size_t descriptors = descriptors_of(program.pid());
    const long memory = resident_bytes(program.pid());
    ASSERT_NO_FATAL_FAILURE(wait(program, is_long() ? 3600 : 4));

    // Three descriptors for each that may be running at that moment.
    EXPECT_LT(descriptors_of(program.pid()), descriptors + 250);
#ifndef __SANITIZE_ADDRESS__  // it keeps what was freed
    EXPECT_LT(resident_bytes(program.pid()), memory + (32 << 20));
#endif
    EXPECT_LT(zombies_of(program.pid()), 60U);
    stop(program);
}

TEST_F(SoakTest, EndlessOutputTakesNoMemoryAndHoldsUpNoSchedule) {
    Program program = start("# name: bomb\n@reboot yes all work and no play\n");
    ASSERT_NO_FATAL_FAILURE(wait(program, 3));
    const long memory = resident_bytes(program.pid());
    ASSERT_NO_FATAL_FAILURE(wait(program, is_long() ? 60 : 3));
    EXPECT_LT(resident_bytes(program.pid()), memory + (16 << 20));
    EXPECT_LT(std::filesystem::file_size(scratch.path("log")), 32U << 20U);

    program.signal(SIGINT);  // and the TERM of `stop`: it is not waited for
    stop(program);
    const Ended history = quantum({"history", "bomb", "--state", state});
    EXPECT_THAT(history.out, testing::HasSubstr("killed"));
    EXPECT_THAT(quantum({"logs", "bomb", "--state", state}).out,
                testing::HasSubstr("bytes were not kept"));
}

}  // namespace
}  // namespace quantum::test
