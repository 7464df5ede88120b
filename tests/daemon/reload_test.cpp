// Reloads on a disk that takes its time, or refuses.
#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"

#include "daemon/durable_fixture.hpp"

namespace quantum::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct SlowReloadTest : DurableTest {
    void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        GTEST_SKIP() << "a sanitizer wants to be preloaded first";
#endif
    }

    [[nodiscard]] Program::Environment disk(const char* fault) const {
        return {"LD_PRELOAD=" QUANTUM_FAILING_DISK, "QUANTUM_DISK_FILES=" + state() + "/ledger.db",
                std::string("QUANTUM_DISK_FAULT=") + fault,
                "QUANTUM_DISK_WHILE=" + scratch.path("refuse")};
    }
    /// Jobs that are never due while a test lasts.
    void yearly(const std::string& command, std::string_view more = {}) const {
        crontab("# name: yearly\n0 0 1 1 * " + command + '\n' + std::string(more));
    }
    static bool says_after(Program& program, std::size_t from, std::string_view text) {
        while (program.err().find(text, from) == std::string::npos) {
            if (!program.wait_for_more()) return false;
        }
        return true;
    }
    /// What the job ran, one revision after the other.
    [[nodiscard]] std::string commands() const {
        std::string all;
        const auto revisions = ledger()->revisions("yearly");
        for (const JobRevision& revision : revisions.value_or(std::vector<JobRevision>())) {
            const Command* const command = command_of(revision.stored.job->task());
            if (command != nullptr) all += command->argv.back() + ' ';
        }
        return all;
    }
};

TEST_F(SlowReloadTest, OneThatComesWhileAnotherIsBeingStoredCountsAfterIt) {
    yearly("one");
    Program program(run(), {}, disk("stall"));
    ASSERT_TRUE(program.wait_for("quantum started")) << program.err();
    scratch.write("refuse", "");
    yearly("two");
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("the disk stalls")) << program.err();
    yearly("three", "# name: other\n0 0 1 1 * true\n");
    program.signal(SIGHUP);
    program.signal(SIGUSR2);
    EXPECT_THAT(program.err(), Not(HasSubstr("msg=reloaded")));

    std::filesystem::remove(scratch.path("refuse"));
    ASSERT_TRUE(program.wait_for(" added=0 changed=1 removed=0 unchanged=0")) << program.err();
    ASSERT_TRUE(program.wait_for(" added=1 changed=1 removed=0 unchanged=0")) << program.err();
    ASSERT_TRUE(program.wait_for(" added=0 changed=0 removed=0 unchanged=2")) << program.err();
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
    EXPECT_EQ(commands(), "one two three ");
    EXPECT_EQ(ask({"verify"}).exit_code, 0);
}

TEST_F(SlowReloadTest, AStopThatComesWhileOneIsBeingStoredComesAfterIt) {
    yearly("one");
    Program program(run(), {}, disk("stall"));
    ASSERT_TRUE(program.wait_for("quantum started")) << program.err();
    scratch.write("refuse", "");
    yearly("two");
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("the disk stalls")) << program.err();
    program.signal(SIGTERM);
    std::filesystem::remove(scratch.path("refuse"));
    EXPECT_EQ(program.wait().exit_code, 0) << program.err();
    EXPECT_EQ(commands(), "one two ");
}

TEST_F(SlowReloadTest, OneThatTheDiskRefusesIsMadeUpForByTheNext) {
    yearly("one");
    Program program(run(), {}, disk("enospc"));
    ASSERT_TRUE(program.wait_for("quantum started")) << program.err();
    scratch.write("refuse", "");
    yearly("two");
    program.signal(SIGHUP);
    ASSERT_TRUE(program.wait_for("reload failed: the change was not stored")) << program.err();
    std::filesystem::remove(scratch.path("refuse"));
    const std::size_t refused_at = program.err().size();
    program.signal(SIGHUP);
    ASSERT_TRUE(says_after(program, refused_at, " changed=1 removed=0 unchanged=0"))
        << program.err();
    program.signal(SIGTERM);
    EXPECT_EQ(program.wait().exit_code, 0);
    EXPECT_EQ(commands(), "one two ");
}

}  // namespace
}  // namespace quantum::test
