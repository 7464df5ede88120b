#include "quantum/runner/function_runner.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <future>
#include <optional>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "quantum/coroutine.hpp"
#include "quantum/execution_context.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/testing/simulated_clock.hpp"

#include "run/run_fixture.hpp"
#include "run/task_runner.hpp"

namespace quantum::run {
namespace {

using namespace std::chrono_literals;

struct FunctionRunnerTest : LoopTest {
    std::promise<void> all;

    /// Starts all of them as one span and waits for their ends.
    void run(Runner& runner, std::vector<Execution> executions) {
        recorder.on_finished([&, wanted = executions.size()](std::size_t count) {
            if (count == wanted) all.set_value();
        });
        runner.start(executions, recorder);
        ASSERT_EQ(all.get_future().wait_for(60s), std::future_status::ready);
        recorder.on_finished(nullptr);
    }
};

struct ThrowCase {
    std::string name;
    Task task;
    OutcomeKind kind;
    std::string reason;
};
struct FunctionRunnerEnds : FunctionRunnerTest, testing::WithParamInterface<ThrowCase> {};

TEST_P(FunctionRunnerEnds, AreTold) {
    FunctionRunner runner(
        *clock, {.handlers = {{"known",
                               [](const Execution&, std::string_view arguments) {
                                   if (arguments != "{\"a\":1}") throw 1;
                               }},
                              {"failing", [](ExecutionContext&, std::string_view) {
                                   return Status(fail(ErrorCode::not_found, "no such report"));
                               }}}});
    const Execution execution = execution_of(GetParam().task);
    run(runner, {execution});
    const RunRecord record = recorder.of(execution);
    // What there is nothing to call for has not begun.
    const bool begins = GetParam().name != "UnknownHandler";
    EXPECT_EQ(record.started, begins ? 1 : 0);
    EXPECT_EQ(record.outcome.started.has_value(), begins);
    EXPECT_EQ(record.pid, 0);
    EXPECT_EQ(record.outcome.kind, GetParam().kind);
    EXPECT_EQ(record.outcome.reason, GetParam().reason);
    EXPECT_FALSE(record.out_of_order);
}

INSTANTIATE_TEST_SUITE_P(
    Table, FunctionRunnerEnds,
    testing::Values(
        ThrowCase{"Success", Function([] {}), OutcomeKind::succeeded, ""},
        ThrowCase{"ToldItsExecution", ExecutionFunction([](const Execution& execution) {
                      if (execution.job->name() != "job") throw std::runtime_error("another");
                  }),
                  OutcomeKind::succeeded, ""},
        ThrowCase{"Exception", Function([] { throw std::runtime_error("disk full"); }),
                  OutcomeKind::failed, "disk full"},
        ThrowCase{"ExceptionWithoutText", Function([] { throw std::runtime_error(""); }),
                  OutcomeKind::failed, "an exception without text"},
        ThrowCase{"NoException", Function([] { throw 42; }), OutcomeKind::failed,
                  "an exception that is not a std::exception"},
        ThrowCase{"ReturnedError", [] { return Status(fail(ErrorCode::io_error, "no disk")); },
                  OutcomeKind::failed, "no disk"},
        ThrowCase{
            "ReturnedErrorOfOneToldItsExecution",
            [](const Execution&) -> Result<int> { return fail(ErrorCode::io_error, "no disk"); },
            OutcomeKind::failed, "no disk"},
        ThrowCase{"ReturnedErrorWithoutText", [] { return Status(fail(ErrorCode::io_error, "")); },
                  OutcomeKind::failed, "an error without text"},
        ThrowCase{"ReturnedSuccess", [] { return Status(); }, OutcomeKind::succeeded, ""},
        ThrowCase{"FailureOfAContext",
                  [](ExecutionContext& context) { context.set_failure("half of it"); },
                  OutcomeKind::failed, "half of it"},
        ThrowCase{"FailureOfACoroutine",
                  [](ExecutionContext& context) -> Coroutine {
                      context.set_failure("half of it");
                      co_return;
                  },
                  OutcomeKind::failed, "half of it"},
        ThrowCase{"HandlerThatReturnsAnError", HandlerCall{"failing", ""}, OutcomeKind::failed,
                  "no such report"},
        ThrowCase{"Handler", HandlerCall{"known", "{\"a\":1}"}, OutcomeKind::succeeded, ""},
        ThrowCase{"UnknownHandler", HandlerCall{"other", "{}"}, OutcomeKind::failed,
                  "no handler 'other' is registered"}),
    [](const auto& test) { return test.param.name; });

TEST_F(FunctionRunnerTest, StartsNoThreadBeforeTheFirstWorkAndNoMoreThanAskedFor) {
    FunctionRunner runner(*clock, {.threads = {.kept = 3}});
    EXPECT_EQ(runner.threads(), 0U);
    std::vector<Execution> executions;
    std::atomic<int> ran = 0;
    for (int i = 0; i < 5000; ++i) executions.push_back(execution_of(Function([&] { ++ran; })));
    run(runner, executions);
    EXPECT_EQ(ran, 5000);
    EXPECT_LE(runner.threads(), 3U);
    for (const auto& execution : executions) EXPECT_EQ(recorder.of(execution).finished, 1);
}

TEST_F(FunctionRunnerTest, MoreThreadsThanAreKeptEndAfterTheirIdleTime) {
    SimulatedClock stopped_clock{WallTime(0s)};
    FunctionRunner runner(stopped_clock,
                          {.threads = {.kept = 1, .most = 4, .patience = 10ms, .idle = 5s}});
    std::promise<void> release;
    const auto released = release.get_future().share();
    std::vector<Execution> executions;
    std::array<std::promise<void>, 3> entered;
    for (auto& one : entered) {
        executions.push_back(execution_of(Function([released, &one] {
            one.set_value();
            released.wait();
        })));
    }
    recorder.on_finished([&](std::size_t count) {
        if (count == entered.size()) all.set_value();
    });
    runner.start(executions, recorder);
    for (auto& one : entered) {
        auto is_in = one.get_future();
        for (int i = 0; i < 1'000'000 && is_in.wait_for(0ms) != std::future_status::ready; ++i) {
            stopped_clock.advance(10ms);
        }
    }
    EXPECT_GE(runner.threads(), 3U);
    release.set_value();
    ASSERT_EQ(all.get_future().wait_for(60s), std::future_status::ready);
    // They are on their way to sleep; from then on the clock decides.
    for (int i = 0; i < 10'000 && runner.threads() > 1; ++i) {
        stopped_clock.advance(1s);
        std::this_thread::yield();
    }
    EXPECT_EQ(runner.threads(), 1U);
}

TEST_F(FunctionRunnerTest, FunctionsThatHoldUpEveryThreadDoNotDelayTheOthers) {
    SimulatedClock stopped_clock{WallTime(0s)};
    FunctionRunner runner(stopped_clock,
                          {.threads = {.kept = 2, .most = 8, .patience = 10ms, .idle = 0s}});
    std::promise<void> release;
    const auto released = release.get_future().share();
    std::vector<Execution> executions;
    for (int i = 0; i < 5; ++i) {
        executions.push_back(execution_of(Function([released] { released.wait(); })));
    }
    std::promise<void> last_ran;
    executions.push_back(execution_of(Function([&] { last_ran.set_value(); })));
    recorder.on_finished([&](std::size_t count) {
        if (count == 6) all.set_value();
    });
    runner.start(executions, recorder);
    // The pool looks again only as the clock goes on; it may need a look to find work taken.
    auto last = last_ran.get_future();
    for (int look = 0; look < 100'000 && last.wait_for(0s) != std::future_status::ready; ++look) {
        stopped_clock.advance(10ms);
        std::this_thread::yield();
    }
    ASSERT_EQ(last.wait_for(30s), std::future_status::ready);
    EXPECT_GT(runner.threads(), 2U);
    EXPECT_LE(runner.threads(), 8U);
    release.set_value();
    ASSERT_EQ(all.get_future().wait_for(60s), std::future_status::ready);
}

TEST_F(FunctionRunnerTest, SurplusThreadsEndWhenNothingIsLeftForThem) {
    loop.start(1);
    FunctionRunner runner(*clock,
                          {.threads = {.kept = 1, .most = 16, .patience = 1ms, .idle = 0s}});
    // All eight wait for each other: one thread could never do it.
    std::atomic<int> here = 0;
    std::promise<void> met;
    const auto everybody = met.get_future().share();
    std::vector<Execution> executions;
    for (int i = 0; i < 8; ++i) {
        executions.push_back(execution_of(Function([&, everybody] {
            if (++here == 8) met.set_value();
            everybody.wait();
        })));
    }
    run(runner, executions);
    // Each surplus thread goes as soon as it finds the queue empty.
    for (int i = 0; i < 1'000'000 && runner.threads() > 1; ++i) std::this_thread::yield();
    EXPECT_EQ(runner.threads(), 1U);
    loop.stop();
}

TEST_F(FunctionRunnerTest, WhatHasNotBegunCanBeStoppedAndWhatHasCannot) {
    std::promise<void> begun;
    std::promise<void> release;
    const auto released = release.get_future().share();
    {
        FunctionRunner runner(*clock, {.threads = {.kept = 1, .most = 1}});
        const Execution first = execution_of(Function([&] {
            begun.set_value();
            released.wait();
        }));
        const Execution second = execution_of(Function([] { FAIL() << "was stopped"; }));
        const Execution third = execution_of(Function([] { FAIL() << "had not begun"; }));
        runner.start(std::vector{first, second, third}, recorder);
        begun.get_future().wait();
        runner.stop(second.id, StopSignal::terminate);
        EXPECT_EQ(recorder.of(second).outcome.kind, OutcomeKind::killed);
        runner.stop(first.id, StopSignal::kill);
        EXPECT_EQ(recorder.of(first).finished, 0);
        recorder.on_finished([&](std::size_t count) {
            if (count == 2) release.set_value();  // the destructor has told the third
        });
    }
    EXPECT_EQ(recorder.finished_count(), 3U);
}

TEST_F(FunctionRunnerTest, ItsThreadsBlockSignals) {
    FunctionRunner runner(*clock);
    std::atomic<bool> blocked = false;
    run(runner, {execution_of(Function([&] {
            sigset_t mask;
            pthread_sigmask(SIG_SETMASK, nullptr, &mask);
            blocked = sigismember(&mask, SIGTERM) == 1;
        }))});
    EXPECT_TRUE(blocked);
}

TEST_F(FunctionRunnerTest, StartsAndStopsOverAndOver) {
    for (int round = 0; round < 100; ++round) {
        RunRecorder own;
        std::atomic<int> ran = 0;
        {
            FunctionRunner runner(*clock, {.threads = {.kept = 4}});
            std::vector<Execution> executions;
            for (int i = 0; i < 20; ++i)
                executions.push_back(execution_of(Function([&] { ++ran; })));
            runner.start(executions, own);
        }
        EXPECT_EQ(own.finished_count(), 20U);
    }
}

TEST_F(FunctionRunnerTest, ATaskRunnerRunsBothKinds) {
    TaskRunner runner(loop, *clock, {.functions = {}, .commands = {.node = "n"}});
    const Execution function = execution_of(Function([] {}));
    const Execution command = execution_of(shell("echo $QUANTUM_NODE"));
    runner.start(std::vector{function, command}, recorder);
    ASSERT_TRUE(run_until_finished(2));
    EXPECT_EQ(recorder.of(function).outcome.kind, OutcomeKind::succeeded);
    EXPECT_EQ(recorder.of(command).output, std::vector<std::string>{"n"});
}

using FunctionRunnerContext = FunctionRunnerTest;

TEST_F(FunctionRunnerContext, TellsDueTimeAndAttemptAndTakesLinesAndAResult) {
    FunctionRunner runner(*clock, {.threads = {.kept = 1}});
    Execution execution = execution_of([](ExecutionContext& context) {
        context.log("attempt " + std::to_string(context.attempt()));
        context.log("due " + std::to_string(context.due().time_since_epoch().count()),
                    OutputChannel::standard_error);
        context.set_result("42 rows");
    });
    execution.attempt = 3;
    run(runner, {execution});
    const RunRecord record = recorder.of(execution);
    EXPECT_EQ(record.output, std::vector<std::string>{"attempt 3"});
    EXPECT_EQ(record.errors, std::vector<std::string>{"due 1763769900000000"});
    EXPECT_EQ(record.outcome.result, "42 rows");
}

TEST_F(FunctionRunnerContext, KeepsATextOrANumberThatACallableReturns) {
    FunctionRunner runner(*clock, {.threads = {.kept = 1}});
    const std::vector<Execution> executions = {
        execution_of([] { return "text"; }), execution_of([] { return 42; }),
        execution_of([](const Execution& execution) { return execution.job->name(); }),
        execution_of([] {})};
    run(runner, executions);
    EXPECT_EQ(recorder.of(executions[0]).outcome.result, "text");
    EXPECT_EQ(recorder.of(executions[1]).outcome.result, "42");
    EXPECT_EQ(recorder.of(executions[2]).outcome.result, "job");
    EXPECT_EQ(recorder.of(executions[3]).outcome.result, "");
}

TEST_F(FunctionRunnerContext, SetsTheStopTokenOfWhatRuns) {
    FunctionRunner runner(*clock, {.threads = {.kept = 1}});
    std::promise<void> began;
    const Execution execution = execution_of([&](ExecutionContext& context) {
        std::promise<void> asked;
        const std::stop_callback on_stop(context.stop_token(), [&] { asked.set_value(); });
        began.set_value();
        asked.get_future().wait();
        throw std::runtime_error("asked to end");
    });
    recorder.on_finished([&](std::size_t) { all.set_value(); });
    runner.start(std::vector{execution}, recorder);
    began.get_future().wait();
    runner.stop(execution.id, StopSignal::terminate);
    ASSERT_EQ(all.get_future().wait_for(60s), std::future_status::ready);
    recorder.on_finished(nullptr);
    EXPECT_EQ(recorder.of(execution).outcome.reason, "asked to end");
}

Coroutine add_to(int& sum, int number) {
    sum += number;
    if (sum > 100) throw std::runtime_error("too much");
    co_return;
}

TEST_F(FunctionRunnerContext, RunsCoroutinesThatAwaitCoroutines) {
    FunctionRunner runner(*clock, {.threads = {.kept = 1}});
    int sum = 0;
    const std::vector<Execution> executions = {
        execution_of([&](ExecutionContext& context) -> Coroutine {
            co_await add_to(sum, 40);
            co_await add_to(sum, 2);
            context.set_result(std::to_string(sum));
        }),
        execution_of([&]() -> Coroutine { co_await add_to(sum, 99); })};
    run(runner, executions);
    EXPECT_EQ(recorder.of(executions[0]).outcome.kind, OutcomeKind::succeeded);
    EXPECT_EQ(recorder.of(executions[0]).outcome.result, "42");
    EXPECT_EQ(recorder.of(executions[1]).outcome.kind, OutcomeKind::failed);
    EXPECT_EQ(recorder.of(executions[1]).outcome.reason, "too much");
}

TEST_F(FunctionRunnerContext, CoroutinesThatSleepHoldNoThread) {
    SimulatedClock stopped_clock{WallTime(0s)};
    FunctionRunner runner(stopped_clock, {.threads = {.kept = 1, .most = 1}});
    std::vector<Execution> executions;
    std::atomic<int> asleep = 0;
    std::promise<void> all_asleep;
    for (int i = 0; i < 100; ++i) {
        executions.push_back(execution_of([&](ExecutionContext& context) -> Coroutine {
            if (++asleep == 100) all_asleep.set_value();
            co_await context.sleep_for(1h);
        }));
    }
    recorder.on_finished([&](std::size_t count) {
        if (count == 100) all.set_value();
    });
    runner.start(executions, recorder);
    ASSERT_EQ(all_asleep.get_future().wait_for(60s), std::future_status::ready);
    auto ended = all.get_future();
    // The last one may still be on its way to its timer: time goes on until all have ended.
    for (int look = 0; look < 100'000 && ended.wait_for(0s) != std::future_status::ready; ++look) {
        stopped_clock.advance(1min);
        std::this_thread::yield();
    }
    ASSERT_EQ(ended.wait_for(60s), std::future_status::ready);
    recorder.on_finished(nullptr);
    EXPECT_EQ(runner.threads(), 1U);
}

TEST_F(FunctionRunnerContext, ACoroutineThatSleepsWakesWhenItIsAskedToEnd) {
    SimulatedClock stopped_clock{WallTime(0s)};
    std::promise<void> asleep;
    const Execution execution = execution_of([&](ExecutionContext& context) -> Coroutine {
        asleep.set_value();
        co_await context.sleep_for(1h);
        context.set_result(context.stop_requested() ? "asked" : "slept");
    });
    {
        FunctionRunner runner(stopped_clock, {.threads = {.kept = 1}});
        runner.start(std::vector{execution}, recorder);
        asleep.get_future().wait();
        // Its destructor asks, and waits for the end.
    }
    EXPECT_EQ(recorder.of(execution).outcome.result, "asked");
}

}  // namespace
}  // namespace quantum::run
