// The runner of commands that a program makes for itself: with a thread of its own, on any clock.
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "quantum/runner/process_runner.hpp"
#include "quantum/system_clock.hpp"
#include "quantum/testing/simulated_clock.hpp"

#include "run/process/fenced_clock.hpp"
#include "run/run_fixture.hpp"

namespace quantum::run {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct OwnProcessRunnerTest : testing::Test {
    RunRecorder recorder;

    /// Starts it and waits for its end.
    RunRecord run(Runner& runner, const Execution& execution) {
        std::promise<void> end;
        recorder.on_finished([&](std::size_t) { end.set_value(); });
        runner.start(std::vector{execution}, recorder);
        EXPECT_EQ(end.get_future().wait_for(60s), std::future_status::ready);
        recorder.on_finished(nullptr);
        return recorder.of(execution);
    }
};

TEST_F(OwnProcessRunnerTest, RunsCommandsOnASystemClockOfItsOwner) {
    const auto clock = std::move(SystemClock::start()).value();
    const auto runner =
        std::move(ProcessRunner::make(
                      *clock, {.node = "here", .output = KeepOutput{.masked = {"hunter2"}}}))
            .value();
    const RunRecord record =
        run(*runner, execution_of(shell("echo $QUANTUM_NODE; echo hunter2 >&2; exit 3")));
    EXPECT_EQ(record.started, 1);
    EXPECT_EQ(record.outcome.exit_code, 3);
    EXPECT_THAT(record.output, ElementsAre("here"));
    EXPECT_THAT(record.errors, ElementsAre("***"));
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->bytes, 9U) << "both lines, with what must not be shown masked";
    EXPECT_FALSE(has_children());
}

TEST_F(OwnProcessRunnerTest, ATimeoutIsCountedByTheClockItWasGiven) {
    SimulatedClock clock{WallTime(0s)};
    const auto runner = std::move(ProcessRunner::make(clock)).value();
    Command command = shell("echo begun; exec sleep 1000");
    command.timeout = 1h;
    const Execution execution = execution_of(command);
    std::promise<void> begun;
    std::promise<void> end;
    recorder.on_output([&](const Execution&, std::string_view) { begun.set_value(); });
    recorder.on_finished([&](std::size_t) { end.set_value(); });
    runner->start(std::vector{execution}, recorder);
    ASSERT_EQ(begun.get_future().wait_for(60s), std::future_status::ready);
    clock.advance(1h);
    auto ended = end.get_future();
    // What it is told by is looked at on the runner's thread, some of it by further timers.
    for (int look = 0; look < 6000 && ended.wait_for(10ms) != std::future_status::ready; ++look) {
        clock.advance(10ms);
    }
    ASSERT_EQ(ended.wait_for(0s), std::future_status::ready);
    recorder.on_finished(nullptr);
    recorder.on_output(nullptr);
    EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::timed_out);
}

TEST_F(OwnProcessRunnerTest, ItsEndIsThatOfItsChildren) {
    SimulatedClock clock{WallTime(0s)};
    auto runner = std::move(ProcessRunner::make(clock)).value();
    Command command = shell("echo begun; exec sleep 1000");
    command.timeout = 1h;
    const Execution execution = execution_of(command);
    std::promise<void> begun;
    recorder.on_output([&](const Execution&, std::string_view) { begun.set_value(); });
    runner->start(std::vector{execution}, recorder);
    ASSERT_EQ(begun.get_future().wait_for(60s), std::future_status::ready);
    recorder.on_output(nullptr);
    runner.reset();
    EXPECT_EQ(recorder.of(execution).finished, 1);
    EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::killed);
    EXPECT_FALSE(has_children());
    clock.advance(2h);  // its timers have gone with it
}

TEST_F(OwnProcessRunnerTest, AnotherKindOfTaskIsRefused) {
    SimulatedClock clock{WallTime(0s)};
    const auto runner = std::move(ProcessRunner::make(clock)).value();
    const RunRecord record = run(*runner, execution_of(Function([] {})));
    EXPECT_EQ(record.outcome.reason, "the job's task is not a command");
}

TEST_F(OwnProcessRunnerTest, RunsOfAnEarlierProcessThatLeftNothingAreLost) {
    SimulatedClock clock{WallTime(0s)};
    const auto runner = std::move(ProcessRunner::make(clock)).value();
    const Execution execution = execution_of(shell("true"));
    std::promise<void> end;
    recorder.on_finished([&](std::size_t) { end.set_value(); });
    runner->adopt(std::vector{execution}, recorder);
    ASSERT_EQ(end.get_future().wait_for(60s), std::future_status::ready);
    recorder.on_finished(nullptr);
    EXPECT_EQ(recorder.of(execution).outcome.kind, OutcomeKind::lost);
}

// -- Its clock -------------------------------------------------------------------------------

TEST(FencedClock, CallsWhatItWasSetForAndCancels) {
    SimulatedClock clock{WallTime(0s)};
    FencedClock fenced(clock);
    std::vector<int> called;
    static_cast<void>(fenced.wake_after(1s, [&] { called.push_back(1); }));
    static_cast<void>(fenced.wake_at(WallTime(2s), [&] {
        called.push_back(2);
        static_cast<void>(fenced.wake_after(1s, [&] { called.push_back(3); }));
    }));
    const auto never = fenced.wake_after(1s, [&] { called.push_back(4); });
    EXPECT_TRUE(fenced.cancel(never));
    EXPECT_FALSE(fenced.cancel(never));
    EXPECT_EQ(fenced.wall_now(), clock.wall_now());
    clock.advance(5s);
    EXPECT_EQ(called, (std::vector{1, 2, 3}));
}

TEST(FencedClock, NothingOfItsTimersOutlivesIt) {
    SimulatedClock clock{WallTime(0s)};
    const auto held = std::make_shared<int>(0);
    bool called = false;
    {
        FencedClock fenced(clock);
        static_cast<void>(fenced.wake_after(1s, [&called, held] { called = true; }));
        EXPECT_EQ(held.use_count(), 2);
    }
    EXPECT_EQ(held.use_count(), 1) << "the callback is gone before the clock forgets it";
    clock.advance(5s);
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace quantum::run
