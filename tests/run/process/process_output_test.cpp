#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "run/output/output_capture.hpp"
#include "run/output/spool_reader.hpp"
#include "run/process_fixture.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::run {
namespace {

using namespace std::chrono_literals;

struct ProcessOutputTest : ProcessRunnerTest {
    ScratchDirectory scratch;
    std::string spool = scratch.path("spool");

    ProcessOutputTest() { make_runner({.output = {.keep = true, .spool_directory = spool}}); }
};

long resident_bytes() {
    long pages = 0;
    long resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

TEST_F(ProcessOutputTest, BothChannelsAreKeptInTheOrderTheyCame) {
    const RunRecord record = run(shell("echo one; echo two >&2; printf 'three'"));
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->bytes, 13U);
    EXPECT_EQ(record.kept->head.size(), 13U);
    EXPECT_TRUE(record.kept->tail.empty());
}

TEST_F(ProcessOutputTest, ASilentRunKeepsNothing) { EXPECT_FALSE(run(shell("true")).kept); }

TEST_F(ProcessOutputTest, BytesAreKeptAsTheyWereWritten) {
    const RunRecord record = run(shell("printf '\\000\\377\\033]0;title\\007\\r\\n\\n'"));
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->head, std::string("\0\xFF\x1B]0;title\x07\r\n\n", 15));
}

TEST_F(ProcessOutputTest, OutputCanBeReadWhileTheRunGoesOn) {
    const Execution execution = execution_of(shell("echo begun; exec sleep 60"));
    runner->start({&execution, 1}, recorder);
    ASSERT_TRUE(run_until([&](const std::function<void()>& done) {
        recorder.on_output([done](const Execution&, std::string_view) { done(); });
    }));
    auto reader = SpoolReader::open(spool_path(spool, execution.id, 1));
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(reader->next().bytes, "begun\n");
    runner->stop(execution.id, StopSignal::kill);
    ASSERT_TRUE(run_until_finished(1));
}

TEST_F(ProcessOutputTest, NoSpoolIsLeftBehind) {
    (void)run(shell("echo one"));
    EXPECT_TRUE(std::filesystem::is_directory(spool));
    EXPECT_TRUE(std::filesystem::is_empty(spool));
}

TEST_F(ProcessOutputTest, SecurityItem21EndlessOutputTakesNoMemoryAndEveryByteIsCounted) {
    make_runner({.output = {.keep = true,
                            .spool_directory = spool,
                            .log = std::make_shared<LogShares>(
                                LineRate{.bytes_a_second = 65536, .burst = 1U << 20U})}});
    Command command = shell("yes 'all work and no play' | head -c 300000000");
    (void)run(shell("echo warm"));
    const long before = resident_bytes();
    const Execution execution = execution_of(command);
    runner->start({&execution, 1}, recorder);
    ASSERT_TRUE(run_until_finished(2));
    const RunRecord record = recorder.of(execution);
    EXPECT_LT(resident_bytes() - before, 16 << 20);
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->bytes, 300'000'000U);
    EXPECT_EQ(record.kept->head.size(), OutputCapture::head_limit);
    EXPECT_EQ(record.kept->tail.size(), OutputCapture::tail_limit);
    std::uint64_t told = 0;
    for (const auto& line : record.output) told += line.size() + 1;
    EXPECT_GE(told, 100'000U);
    EXPECT_LT(told, 20'000'000U);
    EXPECT_EQ(record.output.size() + record.lines_left_out, (300'000'000U + 20) / 21);
}

TEST_F(ProcessOutputTest, SecurityItem21AttemptsOfOneJobShareTheLog) {
    make_runner({.output = {.log = std::make_shared<LogShares>(
                                LineRate{.bytes_a_second = 1, .burst = 10'000})}});
    Execution execution = execution_of(shell("yes 'all work and no play' | head -n 1000"));
    for (std::uint32_t attempt = 1; attempt <= 5; ++attempt) {
        execution.attempt = attempt;
        runner->start({&execution, 1}, recorder);
        ASSERT_TRUE(run_until_finished(attempt));
    }
    const RunRecord record = recorder.of(execution);
    EXPECT_GT(record.output.size(), 40U);
    EXPECT_LT(record.output.size(), 60U) << "one burst, and no more for the attempts after it";
    EXPECT_EQ(record.output.size() + record.lines_left_out, 5'000U);
}

TEST_F(ProcessOutputTest, SecurityItem21OfOneExecutionOnlySoMuchIsLogged) {
    make_runner(
        {.output = {.log = std::make_shared<LogShares>(LineRate{
                        .bytes_a_second = 1U << 30U, .burst = 1U << 30U, .execution = 100'000})}});
    const RunRecord record = run(shell("yes 'all work and no play' | head -n 10000"));
    std::size_t told = 0;
    for (const auto& line : record.output) told += line.size() + 1;
    EXPECT_GT(told, 10'000U);
    EXPECT_LT(told, 100'000U);
    EXPECT_EQ(record.output.size() + record.lines_left_out, 10'000U);
    EXPECT_GT(run(shell("echo another")).output.size(), 0U);
}

TEST(SizeInLog, IsThatOfWhatIsWritten) {
    const std::size_t nothing = size_in_log("", "");
    EXPECT_EQ(size_in_log("plain", "") - nothing, 5U);
    EXPECT_EQ(size_in_log("", "job") - nothing, 3U);
    EXPECT_EQ(size_in_log("\"\\", "") - nothing, 4U);
    EXPECT_EQ(size_in_log("\x1b[31m", "") - nothing, 6U + 4U);
    EXPECT_EQ(size_in_log("\xff\xff", "") - nothing, 12U);
    EXPECT_EQ(size_in_log("\xc3\xa4\xe6\x97\xa5", "") - nothing, 5U);
    EXPECT_EQ(size_in_log("\xe2\x80\xae", "") - nothing, 6U);
}

TEST_F(ProcessOutputTest, SecurityItem21ASpoolThatCannotBeMadeCostsNothingOfTheOutput) {
    scratch.write("spool", "a file where the directory should be");
    const RunRecord record = run(shell("echo kept"));
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->head, "kept\n");
}

}  // namespace
}  // namespace quantum::run
