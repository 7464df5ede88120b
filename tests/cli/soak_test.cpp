// The real program under load: commands without end, output without end. Seconds unless
// QUANTUM_LONG is set; then an hour and a minute.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "run/process/process_table.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool keeps_freed_memory = true;
#else
constexpr bool keeps_freed_memory = false;
#endif

bool is_long() { return std::getenv("QUANTUM_LONG") != nullptr; }

/// A line that tells this test of every second, through the program's own standard output.
constexpr const char* tick = "# name: tick\n@every 1s echo tick >/proc/$PPID/fd/1\n";

long resident_bytes(pid_t pid) {
    long pages = 0;
    long resident = 0;
    std::ifstream(base::proc_path(pid, "statm")) >> pages >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

std::size_t descriptors_of(pid_t pid) {
    const std::filesystem::directory_iterator all(base::proc_path(pid, "fd"));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// What a process has of others.
struct Held {
    std::size_t descriptors = 0;
    std::size_t children = 0;  ///< zombies too

    [[nodiscard]] bool is_within(const Held& other) const {
        return descriptors <= other.descriptors && children <= other.children;
    }
};

Held held_by(pid_t parent) {
    const auto processes = run::read_processes().value_or(std::vector<base::Process>());
    const auto children =
        std::count_if(processes.begin(), processes.end(),
                      [&](const base::Process& process) { return process.parent == parent; });
    return {descriptors_of(parent), static_cast<std::size_t>(children)};
}

struct SoakTest : testing::Test {
    ScratchDirectory scratch;
    const std::string state = scratch.path("state");

    [[nodiscard]] std::string write(const std::string& crontab) const {
        return scratch.write("site.crontab", crontab + tick);
    }
    /// The program on this crontab, its log in a file.
    [[nodiscard]] Program start(const std::string& crontab) const {
        return Program({"/bin/sh", "-c",
                        "exec " + quantum_path() + " run --state " + state + " " + write(crontab) +
                            " 2>" + scratch.path("log")});
    }
    /// Has it take this crontab instead.
    void change(const Program& program, const std::string& crontab) const {
        static_cast<void>(write(crontab));
        program.signal(SIGHUP);
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
    /// Of several ticks the least that it holds: what runs at one is over at another. With `enough`
    /// until it holds no more than that, as long as there is hope.
    static Held held(Program& program, std::optional<Held> enough = std::nullopt) {
        const int most = enough ? 30 : 4;
        Held least = held_by(program.pid());
        for (int i = 0; i < most && !(enough && least.is_within(*enough)); ++i) {
            wait(program, 1);
            const Held now = held_by(program.pid());
            least.descriptors = std::min(least.descriptors, now.descriptors);
            least.children = std::min(least.children, now.children);
        }
        return least;
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
    // Warm: what is opened once is open, and what is allocated once is there.
    Program program = start(crontab);
    ASSERT_NO_FATAL_FAILURE(wait(program, 3));
    change(program, "");
    const Held before = held(program);
    const long memory = resident_bytes(program.pid());

    change(program, crontab);
    ASSERT_NO_FATAL_FAILURE(wait(program, is_long() ? 3600 : 4));
    change(program, "");
    const Held after = held(program, before);
    EXPECT_LE(after.descriptors, before.descriptors);
    EXPECT_LE(after.children, before.children);
    if (!keeps_freed_memory) {
        // An hour fills the page cache of the ledger's writer, which may have 32 MiB.
        const long most = (is_long() ? 48 : 16) << 20;
        EXPECT_LT(resident_bytes(program.pid()), memory + most);
    }
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
