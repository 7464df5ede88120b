#include "run/output/output_log.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/process_fixture.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::run {
namespace {

using testing::HasSubstr;

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct OutputLogTest : testing::Test {
    ScratchDirectory scratch;
    const std::string path = scratch.path("job.log");

    [[nodiscard]] OutputFile file(std::uint32_t keep = 2) const { return {path, 4096, keep}; }
    [[nodiscard]] std::string refusal() const {
        const Status written = OutputLog::of(file())->write("x");
        return written ? "" : written.error().message;
    }
};

TEST_F(OutputLogTest, AppendsToWhatIsThere) {
    ASSERT_TRUE(OutputLog::of(file())->write("one\n"));
    ASSERT_TRUE(OutputLog::of(file())->write("two\n"));
    EXPECT_EQ(read(path), "one\ntwo\n");
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(OutputLogTest, RotatesBeforeAFileIsTooLarge) {
    const auto log = OutputLog::of(file());
    for (char c = 'a'; c <= 'e'; ++c) ASSERT_TRUE(log->write(std::string(4000, c)));
    EXPECT_EQ(read(path), std::string(4000, 'e'));
    EXPECT_EQ(read(path + ".1"), std::string(4000, 'd'));
    EXPECT_EQ(read(path + ".2"), std::string(4000, 'c'));
    EXPECT_FALSE(std::filesystem::exists(path + ".3"));
}

TEST_F(OutputLogTest, KeepsNoneWhereNoneIsToBeKept) {
    const auto log = OutputLog::of(file(0));
    ASSERT_TRUE(log->write(std::string(4000, 'a')));
    ASSERT_TRUE(log->write(std::string(4000, 'b')));
    EXPECT_EQ(read(path), std::string(4000, 'b'));
    EXPECT_FALSE(std::filesystem::exists(path + ".1"));
}

TEST_F(OutputLogTest, DividesOnlyWhatIsLargerThanAFile) {
    const auto log = OutputLog::of(file());
    ASSERT_TRUE(log->write("first"));
    ASSERT_TRUE(log->write(std::string(4096, 'x') + "rest"));
    EXPECT_EQ(read(path + ".2"), "first");
    EXPECT_EQ(read(path + ".1"), std::string(4096, 'x'));
    EXPECT_EQ(read(path), "rest");
}

TEST_F(OutputLogTest, GoesOnWithTheSizeThatIsThere) {
    std::ofstream(path) << std::string(4090, 'x');
    chmod(path.c_str(), 0600);
    ASSERT_TRUE(OutputLog::of(file())->write("1234567"));
    EXPECT_EQ(read(path), "1234567");
    EXPECT_EQ(std::filesystem::file_size(path + ".1"), 4090U);
}

TEST_F(OutputLogTest, IsOneForAllWhoHaveItOpen) {
    const auto one = OutputLog::of(file());
    const auto other = OutputLog::of(file());
    EXPECT_EQ(one, other);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(one->write(std::string(3000, 'a')));
        ASSERT_TRUE(other->write(std::string(1000, 'b')));
    }
    EXPECT_EQ(read(path), std::string(3000, 'a') + std::string(1000, 'b'));
    EXPECT_EQ(read(path + ".1"), read(path));
}

TEST_F(OutputLogTest, SecurityItem16FollowsNoLink) {
    scratch.write("other", "");
    ASSERT_EQ(symlink(scratch.path("other").c_str(), path.c_str()), 0);
    EXPECT_THAT(refusal(), HasSubstr("is a symbolic link"));
    EXPECT_EQ(read(scratch.path("other")), "");
}

TEST_F(OutputLogTest, SecurityItem16WritesToNoFifoHardLinkOrFileOfOthers) {
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    EXPECT_NE(refusal(), "");
    unlink(path.c_str());

    const std::string other = scratch.write("other", "");
    chmod(other.c_str(), 0600);
    ASSERT_EQ(link(other.c_str(), path.c_str()), 0);
    EXPECT_THAT(refusal(), HasSubstr("has 2 hard links"));
    unlink(path.c_str());

    chmod(scratch.write("job.log", "").c_str(), 0622);
    EXPECT_THAT(refusal(), HasSubstr("writable by users other"));
    if (geteuid() == 0) {
        chmod(path.c_str(), 0600);
        ASSERT_EQ(chown(path.c_str(), 65534, 65534), 0);
        EXPECT_THAT(refusal(), HasSubstr("is owned by uid 65534"));
    }
    EXPECT_EQ(read(path), "");
}

TEST_F(OutputLogTest, SecurityItem16WritesToNoDirectoryOfOthers) {
    const std::string directory = scratch.path("open");
    mkdir(directory.c_str(), 0700);
    chmod(directory.c_str(), 0777);
    const Status written = OutputLog::of({directory + "/job.log", 4096, 1})->write("x");
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().message, HasSubstr("is writable by users other"));
}

TEST_F(OutputLogTest, SecurityItem16NeitherWritesNorRotatesThroughALinkOfOthers) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give links to others";
    const std::string service = scratch.path("service");
    const std::string way = scratch.path("way");
    mkdir(service.c_str(), 0700);
    ASSERT_EQ(symlink(service.c_str(), way.c_str()), 0);
    ASSERT_EQ(lchown(way.c_str(), 65534, 65534), 0);
    const Status written = OutputLog::of({way + "/job.log", 4096, 1})->write("x");
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().message, HasSubstr("on its way is owned by uid 65534"));
    EXPECT_TRUE(std::filesystem::is_empty(service));

    // The directory gives place to a link while the file is open: what is renamed is in it still.
    const std::string real = scratch.path("real");
    mkdir(real.c_str(), 0700);
    const auto log = OutputLog::of({real + "/job.log", 4096, 1});
    ASSERT_TRUE(log->write(std::string(4000, 'a')));
    std::ofstream(service + "/job.log") << "not ours";
    std::filesystem::rename(real, scratch.path("aside"));
    std::filesystem::rename(way, real);
    EXPECT_FALSE(log->write(std::string(4000, 'b')));
    EXPECT_EQ(read(service + "/job.log"), "not ours");
    EXPECT_FALSE(std::filesystem::exists(service + "/job.log.1"));
    EXPECT_EQ(read(scratch.path("aside/job.log.1")), std::string(4000, 'a'));
}

TEST_F(OutputLogTest, TellsOnceThatItCannotBeWritten) {
    const auto log = OutputLog::of({scratch.path("missing/job.log"), 4096, 1});
    const Status written = log->write("x");
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().message, HasSubstr("No such file or directory"));
    EXPECT_TRUE(log->write("y"));
}

TEST(OutputFileCheck, NamesWhatIsWrong) {
    const std::pair<OutputFile, const char*> rows[] = {
        {{"job.log"}, "must be absolute"},   {{""}, "must be absolute"},
        {{"/var/log/"}, "must be absolute"}, {{"/a\nb"}, "control character"},
        {{"/a", 4095}, "max_size is 4095"},  {{"/a", 4096, 1001}, "keep is 1001"},
    };
    for (const auto& [file, reason] : rows) {
        const Status checked = check_output_file(file);
        ASSERT_FALSE(checked) << reason;
        EXPECT_THAT(checked.error().message, HasSubstr(reason));
        Command command = program({"true"});
        command.output_file = file;
        EXPECT_FALSE(check_command(command));
    }
    EXPECT_TRUE(check_output_file({"/var/log/job.log"}));
}

struct OutputFileRunTest : ProcessRunnerTest {
    ScratchDirectory scratch;
};

TEST_F(OutputFileRunTest, HoldsAllOutputOfAllRunsWithoutTheCut) {
    make_runner({.output = {.keep = true}});
    Command command = shell("head -c 400000 /dev/zero | tr '\\0' x; echo; echo e >&2");
    command.output_file = {scratch.path("job.log"), 1U << 20U, 1};
    for (int i = 1; i <= 2; ++i) {
        const RunRecord record = run(command);
        EXPECT_EQ(record.outcome.kind, OutcomeKind::succeeded);
        ASSERT_TRUE(record.kept);
        EXPECT_LT(record.kept->head.size() + record.kept->tail.size(), 400000U);
    }
    const std::string all = read(scratch.path("job.log"));
    EXPECT_EQ(all.size(), 2 * 400003U);
    EXPECT_EQ(std::count(all.begin(), all.end(), 'x'), 2 * 400000);
}

TEST_F(OutputFileRunTest, SecurityItem28ASecretIsMaskedInItToo) {
    mkdir(scratch.path("secrets").c_str(), 0700);
    chmod(scratch.write("secrets/token", "s3cret-value").c_str(), 0600);
    make_runner({.secrets_directory = scratch.path("secrets")});
    Command command = shell("echo \"<$TOKEN>\"");
    command.secrets = {{"TOKEN", "token"}};
    command.output_file = {scratch.path("job.log")};
    EXPECT_EQ(run(command).outcome.kind, OutcomeKind::succeeded);
    EXPECT_EQ(read(scratch.path("job.log")), "<***>\n");
}

TEST_F(OutputFileRunTest, ARunGoesOnWithoutItAndSaysWhy) {
    make_runner({.output = {.keep = true}});
    Command command = shell("echo one; echo two");
    command.output_file = {scratch.path("missing/job.log")};
    const RunRecord record = run(command);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::succeeded);
    EXPECT_EQ(record.output, (std::vector<std::string>{"one", "two"}));
    ASSERT_EQ(record.errors.size(), 1U);
    EXPECT_THAT(record.errors[0], HasSubstr("quantum: cannot write the output file"));
    ASSERT_TRUE(record.kept);
    EXPECT_THAT(record.kept->head, HasSubstr("quantum: cannot write the output file"));
}

}  // namespace
}  // namespace quantum::run
