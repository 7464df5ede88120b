// What the real program holds of a large crontab: at its start, at the next, and over reloads.
#include "support/memory.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "cli/quantum_program.hpp"
#include "run/process/process_table.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::test {
namespace {

// As many as the crontabs of a large site together have.
constexpr std::size_t file_lines = 10'190;
constexpr std::size_t most_bytes_a_line = 600;
constexpr long most_bytes = 20'000'000;

/// Lines with commands of their own, none of which is due while a test runs but one a second, which
/// tells this test of it through the program's own standard output.
std::string crontab(std::size_t count) {
    std::string text = "# name: tick\n@every 1s echo tick >/proc/$PPID/fd/1\n";
    for (std::size_t number = 0; number < count; ++number) {
        const std::string own = std::to_string(number);
        text += std::to_string(number % 60) + ' ' + std::to_string(number / 60 % 24) +
                " 29 2 * /usr/local/bin/task-" + own + " --flag value-" + own + " >/dev/null\n";
    }
    return text;
}

long resident_bytes(const Program& program) {
    long pages = 0;
    long resident = 0;
    std::ifstream(base::proc_path(program.pid(), "statm")) >> pages >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

/// The program on a crontab, its log in a file.
struct MemoryProgramTest : testing::Test {
    ScratchDirectory scratch;

    void SetUp() override {
        if (!counts_memory) GTEST_SKIP() << "a sanitizer takes memory of its own";
    }

    [[nodiscard]] Program start(const std::string& options, std::size_t count) const {
        return Program({"/bin/sh", "-c",
                        "exec " + quantum_path() + " run " + options + ' ' +
                            scratch.write("site.crontab", crontab(count)) + " 2>" +
                            scratch.path("log")});
    }
    [[nodiscard]] std::string durable() const { return "--state " + scratch.path("state"); }

    /// What is held when a load is over: some seconds later.
    static long settled(Program& program, int seconds = 4) {
        const auto ticks = [&] {
            return std::count(program.out().begin(), program.out().end(), '\n');
        };
        const auto until = ticks() + seconds;
        while (ticks() < until && program.wait_for_more()) {
        }
        return resident_bytes(program);
    }
    void stop(Program& program) const {
        program.signal(SIGTERM);
        std::ifstream log(scratch.path("log"));
        EXPECT_EQ(program.wait().exit_code, 0)
            << std::string(std::istreambuf_iterator<char>(log), {}).substr(0, 4000);
    }
};

TEST_F(MemoryProgramTest, ALineTakesAtMost600Bytes) {
    Program small = start("--ephemeral", 1);
    const long base = settled(small);
    stop(small);
    Program large = start("--ephemeral", file_lines);
    const long held = settled(large);
    stop(large);
    EXPECT_LE((held - base) / static_cast<long>(file_lines), static_cast<long>(most_bytes_a_line));
}

TEST_F(MemoryProgramTest, ALargeCrontabTakesAtMost20MBWithItsLedger) {
    Program first = start(durable(), file_lines);
    EXPECT_LE(settled(first), most_bytes);
    stop(first);
    Program second = start(durable(), file_lines);
    const long held = settled(second);
    EXPECT_LE(held, most_bytes) << "when the jobs are those of the ledger";
    stop(second);
}

TEST_F(MemoryProgramTest, ReloadsTakeNothing) {
    Program program = start(durable(), file_lines);
    const long before = settled(program);
    for (int reload = 0; reload < 5; ++reload) {
        program.signal(SIGHUP);
        static_cast<void>(settled(program, 1));
    }
    EXPECT_LE(settled(program), before + (1 << 20));
    stop(program);
}

}  // namespace
}  // namespace quantum::test
