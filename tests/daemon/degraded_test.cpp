// `quantum run` on a disk that refuses for a while: nothing starts that is not stored, it says so,
// and it goes on by itself.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/durable_fixture.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct DegradedTest : DurableTest, testing::WithParamInterface<const char*> {
    void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        GTEST_SKIP() << "a sanitizer wants to be preloaded first";
#endif
    }

    [[nodiscard]] Program::Environment disk() const {
        return {"LD_PRELOAD=" QUANTUM_FAILING_DISK, "QUANTUM_DISK_FILES=" + state() + "/ledger.db",
                std::string("QUANTUM_DISK_FAULT=") + GetParam(),
                "QUANTUM_DISK_WHILE=" + scratch.path("refuse")};
    }
};

TEST_P(DegradedTest, StartsNothingThatIsNotStoredSaysSoAndHealsByItself) {
    crontab("# name: beat\n@every 1s echo beat\n");
    Program program(run(), {}, disk());
    ASSERT_TRUE(program.wait_for("line=beat")) << program.err();
    EXPECT_EQ(ask({"status"}).exit_code, 0);

    scratch.write("refuse", "");
    ASSERT_TRUE(program.wait_for("nothing new starts")) << program.err();
    const std::size_t refused_at = program.err().size();

    // Within a second: it says so as soon as it knows.
    const Ended status = ask({"status", "--json"});
    EXPECT_EQ(status.exit_code, 1) << status.out;
    EXPECT_THAT(status.out, HasSubstr("\"status\":\"degraded\""));
    EXPECT_THAT(status.out, HasSubstr("\"degraded_since\":\""));
    EXPECT_THAT(ask({"status"}).out, HasSubstr("nothing new starts since"));

    std::filesystem::remove(scratch.path("refuse"));
    ASSERT_TRUE(program.wait_for("batches are stored again")) << program.err();
    const std::string meanwhile = program.err().substr(
        refused_at, program.err().find("batches are stored again") - refused_at);
    EXPECT_THAT(meanwhile, Not(HasSubstr("execution started")));
    const std::size_t healed_at = program.err().size();
    while (program.err().find("line=beat", healed_at) == std::string::npos) {
        ASSERT_TRUE(program.wait_for_more()) << program.err();
    }
    EXPECT_EQ(ask({"status"}).exit_code, 0);
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);

    const Ended verdict = ask({"verify"});
    EXPECT_EQ(verdict.exit_code, 0) << verdict.out << program.err();
}

// Whatever is being waited for: a reload that cannot be stored, ends that cannot be stored.
TEST_P(DegradedTest, ASecondSignalEndsItAtOnceInTheMiddleOfAReload) {
    crontab("# name: beat\n@every 1s echo beat\n");
    Program program(run(), {}, disk());
    ASSERT_TRUE(program.wait_for("line=beat")) << program.err();
    scratch.write("refuse", "");
    ASSERT_TRUE(program.wait_for("nothing new starts")) << program.err();
    crontab("# name: other\n@every 1s echo other\n");
    const auto begin = std::chrono::steady_clock::now();
    program.signal(SIGHUP);
    program.signal(SIGTERM);
    ASSERT_TRUE(program.wait_for("msg=stopping")) << program.err();
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0) << program.err();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15)) << program.err();
    EXPECT_THAT(program.err(), Not(HasSubstr("line=other")));
    std::filesystem::remove(scratch.path("refuse"));
    const Ended verdict = ask({"verify"});
    EXPECT_EQ(verdict.exit_code, 0) << verdict.out << program.err();
}

// What can be read can be waited with; a disk that fails a write is not to be trusted with a start.
TEST_P(DegradedTest, AStartWaitsForRoomOnTheDiskOrEndsWithTheReason) {
    crontab("# name: before\n@every 1s echo before\n");
    {
        Program program(run());
        ASSERT_TRUE(program.wait_for("line=before")) << program.err();
        program.signal(SIGTERM);
        ASSERT_EQ(program.wait().exit_code, 0);
    }
    crontab("# name: beat\n@every 1s echo beat\n");
    scratch.write("refuse", "");
    Program program(run(), {}, disk());
    if (GetParam() != std::string_view("enospc")) {
        EXPECT_EQ(program.wait().exit_code, 1);
        EXPECT_THAT(program.err(), HasSubstr("disk I/O error"));
        std::filesystem::remove(scratch.path("refuse"));
        Program again(run());
        ASSERT_TRUE(again.wait_for("line=beat")) << again.err();
        again.signal(SIGTERM);
        EXPECT_EQ(again.wait().exit_code, 0);
        EXPECT_EQ(ask({"verify"}).exit_code, 0);
        return;
    }
    ASSERT_TRUE(program.wait_for("quantum started")) << program.err();
    ASSERT_TRUE(program.wait_for("the first jobs are not stored yet")) << program.err();
    EXPECT_THAT(program.err(), HasSubstr("nothing new starts"));
    EXPECT_EQ(ask({"status"}).exit_code, 1);
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("reload failed")) << program.err();

    std::filesystem::remove(scratch.path("refuse"));
    ASSERT_TRUE(program.wait_for("the first jobs are stored")) << program.err();
    ASSERT_TRUE(program.wait_for("line=beat")) << program.err();
    EXPECT_THAT(program.err(), Not(HasSubstr("line=before")));
    EXPECT_EQ(ask({"status"}).exit_code, 0);
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
    const Ended verdict = ask({"verify"});
    EXPECT_EQ(verdict.exit_code, 0) << verdict.out << program.err();
}

INSTANTIATE_TEST_SUITE_P(Faults, DegradedTest, testing::Values("enospc", "eio", "sync_eio"),
                         [](const auto& row) { return std::string(row.param); });

}  // namespace
}  // namespace quantum::test
