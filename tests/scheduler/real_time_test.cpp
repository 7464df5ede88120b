// A scheduler on the machine's clock and real threads. Waits are for events, with a bound.
#include <atomic>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/quantum.hpp"

namespace quantum {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

constexpr auto bound = 20s;

TEST(RealScheduler, RunsAFunctionWhenItIsDue) {
    Scheduler scheduler;
    std::promise<WallTime> ran;
    std::atomic<bool> told{false};
    ASSERT_TRUE(scheduler.start());
    const auto name = scheduler.add_job(
        {.schedule = "@every 1s", .task = ExecutionFunction([&](const Execution& run) {
                                      if (!told.exchange(true)) ran.set_value(run.due);
                                  })});
    ASSERT_TRUE(name) << name.error().message;
    auto due = ran.get_future();
    ASSERT_EQ(due.wait_for(bound), std::future_status::ready);
    EXPECT_TRUE(scheduler.stop());
    EXPECT_EQ(scheduler.state(), SchedulerState::stopped);
}

TEST(RealScheduler, KeepsJobsThatWereAddedBeforeTheStart) {
    Scheduler scheduler;
    std::promise<void> ran;
    const auto name =
        scheduler.add_job({.schedule = "@reboot", .task = Function([&] { ran.set_value(); })});
    ASSERT_TRUE(name);
    ASSERT_TRUE(scheduler.start());
    EXPECT_EQ(scheduler.start().error().code, ErrorCode::already_exists);
    ASSERT_EQ(ran.get_future().wait_for(bound), std::future_status::ready);
}

TEST(RealScheduler, AFunctionThatThrowsIsAFailedRunAndNothingElse) {
    Scheduler scheduler;
    std::promise<std::string> reason;
    static_cast<void>(scheduler.attach(
        [&](const TelemetryEvent& event) { reason.set_value(event.outcome->reason); },
        kind_bit(TelemetryKind::job_exception)));
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job(
        {.schedule = "@reboot", .task = Function([] { throw std::runtime_error("boom"); })}));
    auto told = reason.get_future();
    ASSERT_EQ(told.wait_for(bound), std::future_status::ready);
    EXPECT_THAT(told.get(), testing::HasSubstr("boom"));
    EXPECT_EQ(scheduler.state(), SchedulerState::running);
}

TEST(RealScheduler, StopWaitsForWhatRunsAndIsSafeTwiceAndBeforeTheStart) {
    Scheduler scheduler;
    ASSERT_TRUE(scheduler.stop());
    std::promise<void> running;
    std::promise<void> go;
    std::atomic<bool> ended{false};
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job({.schedule = "@reboot", .task = Function([&] {
                                                              running.set_value();
                                                              go.get_future().wait();
                                                              ended = true;
                                                          })}));
    ASSERT_EQ(running.get_future().wait_for(bound), std::future_status::ready);
    auto stopped = std::async(std::launch::async, [&] { return scheduler.stop(10min); });
    go.set_value();
    ASSERT_EQ(stopped.wait_for(bound), std::future_status::ready);
    const auto report = stopped.get();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->ended_by_force, 0u);
    EXPECT_TRUE(ended);
    ASSERT_TRUE(scheduler.stop());
}

TEST(RealScheduler, CanBeStartedAgainAndKnowsItsJobs) {
    Scheduler scheduler;
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job({.schedule = "0 0 1 1 *", .task = Function([] {})}));
    ASSERT_TRUE(scheduler.stop());
    EXPECT_EQ(scheduler.jobs().error().code, ErrorCode::unavailable);
    ASSERT_TRUE(scheduler.start());
    EXPECT_THAT(*scheduler.jobs(), SizeIs(1));
}

TEST(RealScheduler, StartsAgainBesideAFunctionThatStillRuns) {
    std::promise<void> go;  // outlives the scheduler, whose destructor waits for the function
    SchedulerConfig config;
    config.kill_after = Duration::zero();
    Scheduler scheduler(config);
    std::promise<void> hangs;
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job({.schedule = "@reboot", .task = Function([&] {
                                                              hangs.set_value();
                                                              go.get_future().wait();
                                                              static_cast<void>(scheduler.state());
                                                          })}));
    ASSERT_EQ(hangs.get_future().wait_for(bound), std::future_status::ready);
    auto report = scheduler.stop(Duration::zero());
    // A busy machine may need more than the 100 ms beyond.
    while (!report && report.error().code == ErrorCode::timed_out) report = scheduler.stop(0s);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->lost, 1u);
    auto started = std::async(std::launch::async, [&] { return scheduler.start(); });
    const bool waited = started.wait_for(bound) == std::future_status::timeout;
    EXPECT_FALSE(waited) << "start waits for what hangs";
    std::promise<void> ran;
    if (!waited) {
        EXPECT_TRUE(
            scheduler.add_job({.schedule = "@reboot", .task = Function([&] { ran.set_value(); })}));
        EXPECT_EQ(ran.get_future().wait_for(bound), std::future_status::ready);
    }
    go.set_value();
}

TEST(RealScheduler, SeveralLiveInOneProgram) {
    Scheduler one({.name = "one"});
    Scheduler two({.name = "two"});
    std::promise<void> first;
    std::promise<void> second;
    ASSERT_TRUE(one.start());
    ASSERT_TRUE(two.start());
    ASSERT_TRUE(one.add_job({.schedule = "@reboot", .task = Function([&] { first.set_value(); })}));
    ASSERT_TRUE(
        two.add_job({.schedule = "@reboot", .task = Function([&] { second.set_value(); })}));
    EXPECT_EQ(first.get_future().wait_for(bound), std::future_status::ready);
    EXPECT_EQ(second.get_future().wait_for(bound), std::future_status::ready);
}

TEST(RealScheduler, RunsARegisteredHandlerAndACommand) {
    std::promise<std::string> arguments;
    std::promise<Outcome> outcome;
    SchedulerConfig config;
    config.handlers["greet"] = [&](const Execution&, std::string_view text) {
        arguments.set_value(std::string(text));
    };
    Scheduler scheduler(std::move(config));
    static_cast<void>(scheduler.attach(
        [&](const TelemetryEvent& event) {
            if (event.job->name() == "command") outcome.set_value(*event.outcome);
        },
        kind_bit(TelemetryKind::job_stop) | kind_bit(TelemetryKind::job_exception)));
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job(
        {.schedule = "@reboot", .task = HandlerCall{"greet", "{\"name\":\"world\"}"}}));
    Job job;
    ASSERT_TRUE(job.set_name("command"));
    ASSERT_TRUE(job.set_schedule("@reboot"));
    Command command;
    command.argv = {"/bin/true"};
    ASSERT_TRUE(job.set_task(command));
    ASSERT_TRUE(scheduler.add_job(job));
    auto text = arguments.get_future();
    ASSERT_EQ(text.wait_for(bound), std::future_status::ready);
    EXPECT_EQ(text.get(), "{\"name\":\"world\"}");
    auto ended = outcome.get_future();
    ASSERT_EQ(ended.wait_for(bound), std::future_status::ready);
    EXPECT_EQ(ended.get().kind, OutcomeKind::succeeded);
}

// From many threads at once, while jobs fire: for the thread sanitizer.
TEST(RealScheduler, TakesCallsFromEightThreadsWhileItStartsAndStops) {
    SchedulerConfig config;
    config.timeout = 1min;
    Scheduler scheduler(config);
    std::atomic<bool> enough{false};
    std::atomic<int> unanswered{0};  // a stop answers what is asked while it goes on
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; ++number) {
        threads.emplace_back([&scheduler, &enough, &unanswered, number] {
            const std::string name = "job of thread " + std::to_string(number % 4);
            for (int i = 0; !enough; ++i) {
                Job job;
                if (!job.set_name(name) || !job.set_schedule("@every 1s") ||
                    !job.set_task(Function([] {}))) {
                    std::abort();
                }
                job.set_overlap(Overlap::allow);
                switch ((i + number) % 6) {
                    case 0:
                        static_cast<void>(scheduler.add_job(std::move(job)));
                        break;
                    case 1:
                        if (const auto run = scheduler.run_job(name);
                            !run && run.error().code == ErrorCode::timed_out) {
                            ++unanswered;
                        }
                        break;
                    case 2:
                        static_cast<void>(scheduler.deactivate_job(name));
                        break;
                    case 3:
                        static_cast<void>(scheduler.activate_job(name));
                        break;
                    case 4:
                        static_cast<void>(scheduler.job_status(name));
                        break;
                    default:
                        static_cast<void>(scheduler.delete_job(name));
                        break;
                }
            }
        });
    }
    for (int life = 0; life < 20; ++life) {
        ASSERT_TRUE(scheduler.start());
        for (int i = 0; i < 50; ++i) ASSERT_TRUE(scheduler.jobs());
        ASSERT_TRUE(scheduler.stop());
    }
    enough = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(unanswered, 0);
}

}  // namespace
}  // namespace quantum
