// The end of a scheduler, from wherever it is asked for.
#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/coroutine.hpp"
#include "quantum/runner/runner.hpp"
#include "quantum/storage/memory_storage.hpp"

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr auto bound = 60s;

SchedulerConfig patient(const std::shared_ptr<Storage>& storage = nullptr) {
    SchedulerConfig config;
    config.timeout = 10min;
    config.kill_after = 10min;
    config.storage = storage;
    return config;
}

std::vector<std::string> states(const MemoryStorage& storage) {
    std::vector<std::string> found;
    const auto entries = storage.entries({});
    if (!entries) return {entries.error().message};
    for (const Entry& entry : *entries) found.emplace_back(to_string(entry.state));
    return found;
}

template <class T>
T soon(std::promise<T>& promise) {
    auto future = promise.get_future();
    if (future.wait_for(bound) != std::future_status::ready) {
        ADD_FAILURE() << "it waits";
        std::abort();  // whatever it waits for is kept by this thread
    }
    return future.get();
}

/// Counts what tells the end of a run.
struct Ends {
    std::atomic<int> ends{0};
    std::atomic<int> outcomes{0};
    std::atomic<int> lost{0};

    void listen_to(Scheduler& scheduler) {
        static_cast<void>(scheduler.attach([this](const TelemetryEvent& event) {
            if (event.outcome != nullptr) ++outcomes;
            if (event.kind != TelemetryKind::job_stop &&
                event.kind != TelemetryKind::job_exception) {
                return;
            }
            ++ends;
            if (event.outcome->kind == OutcomeKind::lost) ++lost;
        }));
    }
};

TEST(StopInATask, DoesNotWaitForThatTask) {
    const auto storage = std::make_shared<MemoryStorage>();
    std::promise<Result<StopReport>> stopped;
    Ends ends;
    Scheduler scheduler(patient(storage));
    ends.listen_to(scheduler);
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job(
        {.schedule = "@reboot", .task = [&] { stopped.set_value(scheduler.stop(10min)); }}));
    const auto report = soon(stopped);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->lost, 1U);
    EXPECT_EQ(report->ended_by_force, 0U);
    EXPECT_EQ(scheduler.state(), SchedulerState::stopped);
    EXPECT_THAT(states(*storage), ElementsAre("lost"));
    EXPECT_EQ(ends.ends, 1);
    EXPECT_EQ(ends.outcomes, 1);
    EXPECT_EQ(ends.lost, 1);
}

TEST(StopInATask, WaitsForTheOthers) {
    const auto storage = std::make_shared<MemoryStorage>();
    std::latch entered(1);
    std::latch go_on(1);
    std::promise<Result<StopReport>> stopped;
    Scheduler scheduler(patient(storage));
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job({.schedule = "@reboot", .task = [&] {
                                       entered.count_down();
                                       go_on.wait();
                                   }}));
    entered.wait();
    ASSERT_TRUE(scheduler.add_job(
        {.schedule = "@reboot", .task = [&] { stopped.set_value(scheduler.stop(10min)); }}));
    while (scheduler.state() != SchedulerState::stopping) std::this_thread::yield();
    go_on.count_down();
    const auto report = soon(stopped);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->lost, 1U);
    EXPECT_THAT(states(*storage), UnorderedElementsAre("succeeded", "lost"));
}

TEST(StopInATask, OfTwoTasksAtOnceWaitsForNeither) {
    const auto storage = std::make_shared<MemoryStorage>();
    std::latch both(2);
    std::promise<Result<StopReport>> first;
    std::promise<Result<StopReport>> second;
    Scheduler scheduler(patient(storage));
    ASSERT_TRUE(scheduler.start());
    for (auto* const stopped : {&first, &second}) {
        ASSERT_TRUE(scheduler.add_job({.schedule = "@reboot", .task = [&, stopped] {
                                           both.arrive_and_wait();
                                           stopped->set_value(scheduler.stop(10min));
                                       }}));
    }
    EXPECT_TRUE(soon(first));
    EXPECT_TRUE(soon(second));
    EXPECT_THAT(states(*storage), ElementsAre("lost", "lost"));
}

TEST(StopInATask, ThatIsACoroutineDoesNotWaitForItEither) {
    std::promise<Result<StopReport>> stopped;
    Scheduler scheduler(patient());
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job(
        {.schedule = "@reboot", .task = [&](ExecutionContext& context) -> Coroutine {
             co_await context.sleep_for(1ms);
             stopped.set_value(scheduler.stop(10min));
         }}));
    const auto report = soon(stopped);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->lost, 1U);
}

TEST(StopInATask, OfAnotherSchedulerIsAnOrdinaryOne) {
    std::promise<Result<StopReport>> stopped;
    std::latch entered(1);
    std::latch go_on(1);
    Scheduler other(patient());
    Scheduler scheduler(patient());
    ASSERT_TRUE(other.start());
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(other.add_job({.schedule = "@reboot", .task = [&] {
                                   entered.count_down();
                                   go_on.wait();
                               }}));
    entered.wait();
    ASSERT_TRUE(scheduler.add_job(
        {.schedule = "@reboot", .task = [&] { stopped.set_value(other.stop(10min)); }}));
    while (other.state() != SchedulerState::stopping) std::this_thread::yield();
    go_on.count_down();
    const auto report = soon(stopped);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->lost, 0U);
}

/// Drains from somewhere, stops in the callback, and starts again there.
struct StopAfterDrain : testing::Test {
    std::promise<Result<StopReport>> stopped;
    std::promise<bool> started;
    std::atomic<bool> begun{false};
    std::optional<Scheduler> scheduler;

    void run() {
        if (begun.exchange(true)) return;
        scheduler->drain(10min, [this](const Result<StopReport>& drained) {
            EXPECT_TRUE(drained);
            stopped.set_value(scheduler->stop(10min));
            EXPECT_EQ(scheduler->state(), SchedulerState::stopped);
            started.set_value(scheduler->start().has_value());
        });
    }
    void expect_that_it_works() {
        const auto report = soon(stopped);
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_TRUE(soon(started));
        EXPECT_TRUE(scheduler->jobs());
        EXPECT_TRUE(scheduler->stop(10min));
    }
};

TEST_F(StopAfterDrain, OnAnyThread) {
    scheduler.emplace(patient());
    ASSERT_TRUE(scheduler->start());
    run();
    expect_that_it_works();
}

TEST_F(StopAfterDrain, FromAListener) {
    scheduler.emplace(patient());
    static_cast<void>(scheduler->attach([this](const TelemetryEvent&) { run(); },
                                        kind_bit(TelemetryKind::job_add)));
    ASSERT_TRUE(scheduler->start());
    ASSERT_TRUE(scheduler->add_job({.schedule = "0 0 1 1 *", .task = [] {}}));
    expect_that_it_works();
}

TEST_F(StopAfterDrain, FromTheLogSink) {
    SchedulerConfig config = patient();
    config.log = [this](LogLevel, std::string_view message, auto) {
        if (message == "a run has ended") run();
    };
    scheduler.emplace(std::move(config));
    ASSERT_TRUE(scheduler->start());
    ASSERT_TRUE(scheduler->add_job({.schedule = "@reboot", .task = [] {}}));
    expect_that_it_works();
}

TEST_F(StopAfterDrain, FromATaskThatEndsAsWhatItWas) {
    const auto storage = std::make_shared<MemoryStorage>();
    scheduler.emplace(patient(storage));
    ASSERT_TRUE(scheduler->start());
    ASSERT_TRUE(scheduler->add_job({.schedule = "@reboot", .task = [this] { run(); }}));
    expect_that_it_works();
    EXPECT_THAT(states(*storage), ElementsAre("succeeded"));
}

TEST(Drain, IsToldThoughTheSchedulerStopsMeanwhile) {
    std::latch entered(1);
    std::latch go_on(1);
    std::atomic<int> told{0};
    Scheduler scheduler(patient());
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job({.schedule = "@reboot", .task = [&] {
                                       entered.count_down();
                                       go_on.wait();
                                   }}));
    entered.wait();
    for (int i = 0; i < 20; ++i) scheduler.drain(10min, [&](const auto&) { ++told; });
    go_on.count_down();
    ASSERT_TRUE(scheduler.stop(10min));
    EXPECT_EQ(told, 20);
}

TEST(Drain, ThatThrowsInItsCallbackIsLogged) {
    std::promise<void> logged;
    SchedulerConfig config = patient();
    config.log = [&](LogLevel, std::string_view message, auto) {
        if (message == "the callback of a drain threw") logged.set_value();
    };
    Scheduler scheduler(std::move(config));
    ASSERT_TRUE(scheduler.start());
    scheduler.drain(10min, [](const auto&) { throw std::runtime_error("no"); });
    soon(logged);
    EXPECT_TRUE(scheduler.stop(10min));
}

TEST(Drain, InASimulationMayBeFollowedByAStopInItsCallback) {
    World world;
    world.runner->script("report", {.duration = 10s});
    world.start();
    world.add(World::job("report", "0 12 * * *"));
    world.clock.advance(31s);
    std::optional<Result<StopReport>> stopped;
    world.scheduler->drain(1min, [&](const Result<StopReport>& drained) {
        EXPECT_TRUE(drained);
        stopped = world.scheduler->stop(1min);
    });
    world.clock.advance(5s);
    EXPECT_FALSE(stopped);
    world.clock.advance(5s);
    ASSERT_TRUE(stopped);
    ASSERT_TRUE(*stopped) << stopped->error().message;
    EXPECT_EQ(world.scheduler->state(), SchedulerState::stopped);
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    world.start();
    EXPECT_TRUE(world.scheduler->jobs());
}

/// Runs nothing to its end, whoever asks.
class DeafRunner final : public Runner {
public:
    explicit DeafRunner(Clock& clock) : clock_(clock) {}
    void start(std::span<const Execution> executions, RunObserver& observer) override {
        for (const Execution& execution : executions) {
            runs.emplace_back(execution, &observer);
            observer.started(execution, clock_.boot_now(), 0);
        }
    }
    void stop(const ExecutionId&, StopSignal signal) override {
        (signal == StopSignal::kill ? killed : told)++;
    }
    void finish_all() {
        for (auto& [execution, observer] : std::exchange(runs, {})) {
            observer->finished(execution, Outcome{});
        }
    }

    std::vector<std::pair<Execution, RunObserver*>> runs;
    int told = 0;
    int killed = 0;

private:
    Clock& clock_;
};

Command command() {
    Command made;
    made.argv = {"/bin/true"};
    return made;
}

/// A scheduler whose one run hangs.
struct HungRun : testing::TestWithParam<bool> {
    SimulatedClock clock{at("2024-03-01 11:59:30")};
    SimulatedRuntime runtime{1};
    MemoryStorage storage;
    StorageGate gate{storage};
    DeafRunner runner{clock};
    std::vector<std::string> events;
    int outcomes = 0;
    std::optional<Scheduler> scheduler;
    std::optional<StopReport> report;
    Duration took{};

    void begin(Task task) {
        clock.settle_with([this] { runtime.run_until_idle(); });
        SchedulerConfig config;
        config.seed = 1;
        config.kill_after = 8s;
        scheduler.emplace(SchedulerParts{clock, runtime, gate, runner}, config);
        static_cast<void>(scheduler->attach([this](const TelemetryEvent& event) {
            if (event.execution != nullptr) events.emplace_back(to_string(event.kind));
            if (event.outcome != nullptr) ++outcomes;
        }));
        ASSERT_TRUE(scheduler->start());
        ASSERT_TRUE(scheduler->add_job(
            {.name = "hangs", .schedule = "0 12 * * *", .task = std::move(task)}));
        clock.advance(31s);
        ASSERT_THAT(runner.runs, SizeIs(1));
        if (GetParam()) gate.fail_with([](const Batch&) { return StorageGate::Fault::failed; });
    }
    void drain(Duration timeout, Duration longest) {
        const BootTime begun = clock.boot_now();
        scheduler->drain(timeout, [this, begun](const Result<StopReport>& drained) {
            ASSERT_TRUE(drained) << drained.error().message;
            report = *drained;
            took = clock.boot_now() - begun;
        });
        clock.advance(longest);
    }
    ~HungRun() override {
        scheduler.reset();
        runner.finish_all();
    }
};

TEST_P(HungRun, OfAFunctionIsLostWhenItHasHadItsTime) {
    begin([] {});
    drain(1s, 1s + 8s - 1ms);
    EXPECT_FALSE(report);
    clock.advance(101ms);
    ASSERT_TRUE(report);
    EXPECT_LE(took, 1s + 8s + 100ms);
    EXPECT_EQ(report->ended_by_force, 1U);
    EXPECT_EQ(report->lost, 1U);
    EXPECT_EQ(report->unstored, GetParam() ? 1U : 0U);
    EXPECT_EQ(runner.told, 1);
    EXPECT_TRUE(scheduler->stop(0s));
    EXPECT_EQ(states(storage)[0], GetParam() ? "started" : "lost");
    EXPECT_THAT(events, ElementsAre("job.start", "job.exception"));
}

TEST_P(HungRun, ThatEndsAfterAllHasOneEndAndAnEventOfItsOwn) {
    begin([] {});
    drain(1s, 10s);
    ASSERT_TRUE(report);
    runner.finish_all();
    clock.advance(1s);
    EXPECT_THAT(events, ElementsAre("job.start", "job.exception", "job.late_end"));
    EXPECT_EQ(outcomes, 1);
    EXPECT_EQ(states(storage)[0], GetParam() ? "started" : "lost");
}

TEST_P(HungRun, ThatCanBeKilledHasTimeToDie) {
    begin(command());
    drain(1s, 1s + 8s + 1s);
    EXPECT_FALSE(report);
    EXPECT_EQ(runner.killed, 1);
    runner.finish_all();
    clock.advance(100ms);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->ended_by_force, 1U);
    EXPECT_EQ(report->lost, 0U);
}

TEST_P(HungRun, ThatDoesNotDieIsLostAfterTwoSeconds) {
    begin(command());
    drain(1s, 1s + 8s + 2100ms);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->lost, 1U);
    EXPECT_THAT(events, ElementsAre("job.start", "job.exception"));
}

INSTANTIATE_TEST_SUITE_P(Storage, HungRun, testing::Bool(),
                         [](const auto& row) { return row.param ? "refuses" : "stores"; });

TEST(Stop, OfTheLongestTimeIsOver) {
    Scheduler scheduler;
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job({.schedule = "@reboot", .task = [] {}}));
    EXPECT_TRUE(scheduler.stop(Duration::max()));
}

}  // namespace
}  // namespace quantum::test
