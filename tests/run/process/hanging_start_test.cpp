// Children that do not come to execute their program: they are killed in time, and hold up nobody
// but others of their user.
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/process_fixture.hpp"
#include "support/hanging_file.hpp"
#include "support/leased_program.hpp"
#include "support/scratch_directory.hpp"

namespace quantum::run {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;

constexpr std::size_t starts_of_one_user = 4;

struct HangingStart : ProcessRunnerTest {
    ScratchDirectory scratch;
    LeasedProgram hanging{scratch.path("program")};

    HangingStart() { chmod(scratch.path("").c_str(), 0755); }

    void limit_starts_to(Duration limit) {
        make_runner({.start_timeout = limit, .allow_run_as = {"nobody"}});
    }
    std::vector<Execution> start(const Command& command, std::size_t count) {
        std::vector<Execution> executions;
        for (std::size_t i = 0; i < count; ++i) executions.push_back(execution_of(command));
        runner->start(executions, recorder);
        return executions;
    }
    /// Runs the loop until `count` have finished, and gives how long that took.
    Duration time_until_finished(std::size_t count) {
        const auto begin = steady_clock::now();
        EXPECT_TRUE(run_until_finished(count));
        return std::chrono::duration_cast<Duration>(steady_clock::now() - begin);
    }
    /// Runs the loop for so long.
    void run_for(Duration duration) {
        EXPECT_TRUE(run_until(
            [&](const auto& done) { static_cast<void>(clock->wake_after(duration, done)); }));
    }
};

TEST_F(HangingStart, FailsInTimeWithTheReasonAndLeavesNoChild) {
    limit_starts_to(300ms);
    const auto executions = start(program({hanging.path()}), 1);
    EXPECT_LT(time_until_finished(1), 2s);
    const RunRecord record = recorder.of(executions[0]);
    EXPECT_EQ(record.started, 0);
    EXPECT_EQ(record.outcome.kind, OutcomeKind::failed);
    EXPECT_EQ(record.outcome.reason, "did not execute its program within 0.3s");
    EXPECT_EQ(record.outcome.started, std::nullopt);
    EXPECT_FALSE(has_children());
}

TEST_F(HangingStart, OfOneUserDoesNotHoldUpOthers) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can run commands as another user";
    limit_starts_to(30s);
    Command theirs = program({hanging.path()});
    theirs.user = "nobody";
    const auto executions = start(theirs, 100);  // more than there may be of all users
    run_for(100ms);
    const auto own = start(program({"/bin/true"}), 20);
    EXPECT_LT(time_until_finished(own.size()), 5s);
    for (const auto& execution : own) {
        EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::succeeded);
    }
    for (const auto& execution : executions) EXPECT_EQ(recorder.of(execution).finished, 0);
}

TEST_F(HangingStart, TakesWithItWhatHasWaitedBehindItAsLong) {
    limit_starts_to(300ms);
    const auto executions = start(program({hanging.path()}), 15 * starts_of_one_user);
    EXPECT_LT(time_until_finished(executions.size()), 2s);
    const RunRecord last = recorder.of(executions.back());
    EXPECT_EQ(last.outcome.kind, OutcomeKind::failed);
    EXPECT_EQ(last.outcome.reason, "did not start within 0.3s: other starts of its user hang");
    EXPECT_FALSE(has_children());
}

TEST_F(HangingStart, LaterStartsOfItsUserGoOn) {
    limit_starts_to(300ms);
    start(program({hanging.path()}), starts_of_one_user);
    run_for(100ms);
    const auto later = start(program({"/bin/true"}), 3);
    EXPECT_LT(time_until_finished(starts_of_one_user + later.size()), 2s);
    for (const auto& execution : later) {
        EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::succeeded);
    }
}

TEST_F(HangingStart, IsEndedByAStopAtOnce) {
    limit_starts_to(30s);
    const auto executions = start(program({hanging.path()}), 1);
    run_for(100ms);
    runner->stop(executions[0].id, StopSignal::terminate);
    EXPECT_LT(time_until_finished(1), 2s);
    EXPECT_EQ(recorder.of(executions[0]).outcome.kind, OutcomeKind::killed);
    EXPECT_EQ(recorder.of(executions[0]).outcome.reason, "terminated before it started");
    EXPECT_FALSE(has_children());
}

TEST_F(HangingStart, DoesNotHoldUpTheEndOfTheRunner) {
    limit_starts_to(30s);
    const auto executions = start(program({hanging.path()}), 2 * starts_of_one_user);
    run_for(100ms);
    const auto begin = steady_clock::now();
    runner.reset();
    EXPECT_LT(steady_clock::now() - begin, 1s);
    for (const auto& execution : executions) {
        EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::killed);
    }
    EXPECT_FALSE(has_children());
}

// As on a dead file server: no signal ends the thread that opens it.
struct HangingStartFile : HangingStart {
    std::string file = scratch.write("variables", "A=b\n");

    HangingStartFile() { chmod(file.c_str(), 0600); }

    /// Commands of another user that need the file hang and fail in time; others run meanwhile.
    void expect_only_its_user_waits(Command command) {
        HangingFile hangs(file);
        if (!hangs.hangs()) GTEST_SKIP() << "this kernel lets no program decide about opens";
        limit_starts_to(1s);
        command.user = "nobody";
        const auto executions = start(command, 2 * starts_of_one_user);
        run_for(100ms);
        const auto own = start(program({"/bin/true"}), 5);
        EXPECT_LT(time_until_finished(own.size()), 900ms);
        for (const auto& execution : own) {
            EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::succeeded);
        }
        EXPECT_LT(time_until_finished(own.size() + executions.size()), 4s);
        for (const auto& execution : executions) {
            EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::failed);
        }
        const auto begin = steady_clock::now();
        runner.reset();
        EXPECT_LT(steady_clock::now() - begin, 4s);
    }
};

TEST_F(HangingStartFile, OfVariables) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can make a file hang";
    Command command = program({"/bin/true"});
    command.environment_file = file;
    expect_only_its_user_waits(command);
}

TEST_F(HangingStartFile, OfOutput) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can make a file hang";
    Command command = program({"/bin/echo", "said"});
    command.output_file = OutputFile{.path = file};
    expect_only_its_user_waits(command);
}

}  // namespace
}  // namespace quantum::run
