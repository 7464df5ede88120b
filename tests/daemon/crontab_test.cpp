// The real program on real crontab files.
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/paths.hpp"
#include "support/program.hpp"

namespace quantum::daemon {
namespace {

using test::Program;
using testing::HasSubstr;

struct CrontabRunTest : testing::Test {
    std::filesystem::path directory;

    CrontabRunTest() {
        std::string path = testing::TempDir() + "quantum-crontab-XXXXXX";
        EXPECT_NE(mkdtemp(path.data()), nullptr);
        directory = path;
    }
    ~CrontabRunTest() override { std::filesystem::remove_all(directory); }

    [[nodiscard]] std::vector<std::string> run(const std::string& crontab) const {
        std::ofstream(directory / "jobs.crontab") << crontab;
        return {test::binary("quantum"), "run", "--state", directory / "state",
                directory / "jobs.crontab"};
    }
};

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

TEST_F(CrontabRunTest, TwoHundredLinesDueAtOnceAllRun) {
    std::string crontab = "GREETING=hello\n";
    for (int i = 0; i < 200; ++i) {
        crontab +=
            "# name: job-" + std::to_string(i) + "\n@every 2s echo \"$GREETING $QUANTUM_JOB\"\n";
    }
    Program quantum(run(crontab));
    while (count(quantum.err(), "execution ended") < 200) ASSERT_TRUE(quantum.wait_for_more());
    quantum.signal(SIGTERM);
    const auto ended = quantum.wait();
    EXPECT_EQ(ended.exit_code, 0);
    for (int i = 0; i < 200; ++i) {
        EXPECT_THAT(ended.err, HasSubstr("line=\"hello job-" + std::to_string(i) + "\"\n"));
    }
    EXPECT_EQ(count(ended.err, "execution started"), count(ended.err, "outcome=succeeded"));
}

TEST_F(CrontabRunTest, ACommandGetsItsInputAndItsEnvironment) {
    Program quantum(
        run("SHELL=/bin/sh\nA=one two\n@reboot cat; echo \"[$A] [$QUANTUM_JOB]\"%first%second\n"));
    ASSERT_TRUE(quantum.wait_for("execution ended"));
    quantum.signal(SIGTERM);
    const auto ended = quantum.wait();
    EXPECT_THAT(ended.err, HasSubstr("line=first\n"));
    EXPECT_THAT(ended.err, HasSubstr("line=second\n"));
    EXPECT_THAT(ended.err, HasSubstr("line=\"[one two] [jobs:"));
}

TEST_F(CrontabRunTest, AFileWithABadLineRunsItsGoodOnesAndLeavesAReloadAsItWas) {
    Program good_ones(run("@reboot echo fine\n99 * * * * echo bad\n"));
    ASSERT_TRUE(good_ones.wait_for("line=fine"));
    good_ones.signal(SIGTERM);
    EXPECT_EQ(good_ones.wait().exit_code, 0);
    EXPECT_THAT(good_ones.err(), HasSubstr("jobs.crontab:2:"));
    EXPECT_THAT(good_ones.err(), HasSubstr("a file is bad; running only its valid jobs"));

    Program quantum(run("@reboot echo up\n"));
    ASSERT_TRUE(quantum.wait_for("line=up"));
    static_cast<void>(run("99 * * * * echo bad\n"));
    quantum.signal(SIGHUP);
    ASSERT_TRUE(quantum.wait_for("reload rejected"));
    quantum.signal(SIGTERM);
    EXPECT_EQ(quantum.wait().exit_code, 0);
}

}  // namespace
}  // namespace quantum::daemon
