// What functions say: lines, streams, and what is kept of both.
#include <future>
#include <iomanip>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "quantum/coroutine.hpp"
#include "quantum/execution_context.hpp"
#include "quantum/keep_output.hpp"
#include "quantum/runner/function_runner.hpp"

#include "run/run_fixture.hpp"

namespace quantum::run {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct FunctionOutputTest : LoopTest {
    FunctionRunner runner{*clock, {.threads = {.kept = 1}, .output = KeepOutput{}}};

    RunRecord run(Task task) { return run(runner, std::move(task)); }
    RunRecord run(Runner& on, Task task) {
        std::promise<void> end;
        recorder.on_finished([&](std::size_t) { end.set_value(); });
        const Execution execution = execution_of(std::move(task));
        on.start(std::vector{execution}, recorder);
        EXPECT_EQ(end.get_future().wait_for(60s), std::future_status::ready);
        recorder.on_finished(nullptr);
        return recorder.of(execution);
    }
};

TEST_F(FunctionOutputTest, AStreamAndLinesKeepTheirOrder) {
    const RunRecord record = run([](ExecutionContext& context) {
        context.out() << "rows: " << 42 << ' ' << std::setw(6) << std::fixed << std::setprecision(1)
                      << 1.25 << '\n';
        context.log("a line");
        context.out(OutputChannel::standard_error) << "an error\n";
        context.log("another error", OutputChannel::standard_error);
        context.out() << "no newline";
    });
    EXPECT_THAT(record.output, ElementsAre("rows: 42    1.2", "a line", "no newline"));
    EXPECT_THAT(record.errors, ElementsAre("an error", "another error"));
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->head, "rows: 42    1.2\na line\nan error\nanother error\nno newline");
    EXPECT_FALSE(record.out_of_order);
}

TEST_F(FunctionOutputTest, AFunctionThatThrowsLeavesWhatItSaid) {
    const RunRecord record = run([](ExecutionContext& context) {
        context.log("step 1");
        throw std::runtime_error("step 2");
    });
    EXPECT_EQ(record.outcome.kind, OutcomeKind::failed);
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->head, "step 1\n");
}

TEST_F(FunctionOutputTest, ACoroutineSpeaksToo) {
    loop.start(1);  // for the clock
    const RunRecord record = run([](ExecutionContext& context) -> Coroutine {
        context.out() << "before";
        co_await context.sleep_for(1us);
        context.out() << " and after";
    });
    EXPECT_THAT(record.output, ElementsAre("before and after"));
    ASSERT_TRUE(record.kept);
    EXPECT_EQ(record.kept->head, "before and after");
    loop.stop();
}

TEST_F(FunctionOutputTest, WhatSaysNothingKeepsNothing) {
    EXPECT_FALSE(run([](ExecutionContext&) {}).kept);
    EXPECT_FALSE(run([] {}).kept);
}

TEST_F(FunctionOutputTest, WithoutTheSettingLinesAreToldAndNothingIsKept) {
    FunctionRunner plain(*clock, {.threads = {.kept = 1}});
    const RunRecord record =
        run(plain, [](ExecutionContext& context) { context.out() << "one\ntwo"; });
    EXPECT_THAT(record.output, ElementsAre("one", "two"));
    EXPECT_FALSE(record.kept);
}

TEST_F(FunctionOutputTest, IsThereSoFarWhileTheFunctionRuns) {
    std::promise<void> said;
    std::promise<void> end;
    recorder.on_finished([&](std::size_t) { end.set_value(); });
    const Execution execution = execution_of([&](ExecutionContext& context) {
        context.log("begun");
        std::promise<void> asked;
        const std::stop_callback on_stop(context.stop_token(), [&] { asked.set_value(); });
        said.set_value();
        asked.get_future().wait();
    });
    runner.start(std::vector{execution}, recorder);
    said.get_future().wait();
    const auto so_far = runner.output_so_far(execution.id);
    ASSERT_TRUE(so_far);
    EXPECT_EQ(so_far->head, "begun\n");
    EXPECT_FALSE(runner.output_so_far(execution_of(Function([] {})).id)) << "an unknown run";
    runner.stop(execution.id, StopSignal::terminate);
    ASSERT_EQ(end.get_future().wait_for(60s), std::future_status::ready);
    recorder.on_finished(nullptr);
    EXPECT_FALSE(runner.output_so_far(execution.id)) << "it has ended";
}

}  // namespace
}  // namespace quantum::run
