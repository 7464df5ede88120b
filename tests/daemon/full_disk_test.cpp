// `quantum run` on a real disk that is full, and what can be asked there afterwards.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <regex>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/durable_fixture.hpp"
#include "support/own_mounts.hpp"

namespace quantum::test {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;

struct FullDisk : DurableTest {
    void SetUp() override {
        if (!may_mount()) GTEST_SKIP() << "only root may mount a disk";
        fs::create_directories(state());
    }
    /// As long as it takes until nothing can be stored any more.
    void fill_under(Program& program) const {
        ASSERT_TRUE(fill_disk(state() + "/filled"));
        ASSERT_TRUE(program.wait_for("nothing new starts")) << program.err();
    }
    /// The process that the log says the job runs in.
    static std::string pid_of(const std::string& job, const std::string& log) {
        std::smatch match;
        const std::regex started("msg=\"execution started\" job=" + job + " .* pid=([0-9]+)");
        return std::regex_search(log, match, started) ? match[1].str() : "none";
    }
    /// Whether the daemon has taken its end within a minute.
    static bool is_soon_gone(const std::string& pid) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        while (fs::exists("/proc/" + pid)) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::yield();
        }
        return pid != "none";
    }
    void all_can_be_read() const {
        const Ended status = ask({"status"});
        EXPECT_EQ(status.exit_code, 4) << status.out << status.err;
        EXPECT_THAT(status.out, HasSubstr("jobs      2"));
        const Ended history = ask({"history"});
        EXPECT_EQ(history.exit_code, 0) << history.err;
        EXPECT_THAT(history.out, HasSubstr("beat"));
        const Ended logs = ask({"logs", "beat"});
        EXPECT_EQ(logs.exit_code, 0) << logs.err;
        const Ended verdict = ask({"verify"});
        EXPECT_EQ(verdict.exit_code, 0) << verdict.out << verdict.err;
        const Ended backup = ask({"backup", scratch.path("copy.db")});
        EXPECT_EQ(backup.exit_code, 0) << backup.err;
        fs::remove(scratch.path("copy.db"));
    }
};

TEST_F(FullDisk, ASecondSignalEndsItAtOnceAndOnlyWhatRunsIsEndedByForce) {
    EXPECT_TRUE(in_own_mounts([this] {
        EXPECT_TRUE(mount_small_disk(state(), "size=1m,mode=700"));
        crontab(
            "# name: beat\n@every 1s echo beat\n# name: long\n@reboot echo began; while [ ! -e " +
            scratch.path("go") + " ]; do sleep 0.05; done; echo over\n");
        Program program(run());
        EXPECT_TRUE(program.wait_for("line=began")) << program.err();
        EXPECT_TRUE(program.wait_for("line=beat")) << program.err();
        fill_under(program);
        scratch.write("go", "");
        EXPECT_TRUE(program.wait_for("line=over")) << program.err();
        EXPECT_TRUE(is_soon_gone(pid_of("long", program.err())));
        const auto begin = std::chrono::steady_clock::now();
        program.signal(SIGTERM);
        EXPECT_TRUE(program.wait_for("msg=stopping")) << program.err();
        program.signal(SIGTERM);
        const Ended ended = program.wait();
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
        EXPECT_EQ(ended.exit_code, 0);
        EXPECT_THAT(ended.err, HasSubstr("ended_by_force=0 lost=0"));
        EXPECT_THAT(ended.err, ContainsRegex("rejected the ends of [1-9]"));
        all_can_be_read();
        return !HasFailure();
    }));
}

TEST_F(FullDisk, WhatWasStoppedBeforeCanBeReadAlsoWhereNothingMayBeWritten) {
    EXPECT_TRUE(in_own_mounts([this] {
        EXPECT_TRUE(mount_small_disk(state(), "size=1m,mode=700"));
        crontab("# name: beat\n@every 1s echo beat\n# name: other\n@daily true\n");
        run_until("line=beat");
        EXPECT_TRUE(fill_disk(state() + "/filled"));
        all_can_be_read();
        fs::remove(state() + "/filled");
        EXPECT_TRUE(make_read_only(state()));
        all_can_be_read();
        return !HasFailure();
    }));
}

}  // namespace
}  // namespace quantum::test
