// Each attempt has one end in telemetry, whatever its runner does.
#include "scheduler/runs/executor.hpp"

#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/job.hpp"
#include "quantum/testing/simulated_clock.hpp"

namespace quantum::scheduler {
namespace {

using testing::ElementsAre;

class CallingRunner final : public Runner {
public:
    void start(std::span<const Execution> executions, RunObserver& observer) override {
        on_start(executions, observer);
    }
    void stop(const ExecutionId&, StopSignal) override {}

    std::function<void(std::span<const Execution>, RunObserver&)> on_start;
};

struct ExecutorTest : testing::Test {
    SimulatedClock clock{WallTime{}};
    CallingRunner runner;
    TelemetryHub hub{"test", "here", {}};
    CompletionQueue completions;
    Executor executor{clock, runner, hub, completions};
    std::vector<std::string> events;
    Job job;

    void SetUp() override {
        ASSERT_TRUE(job.set_name("job"));
        ASSERT_TRUE(job.set_task([] {}));
        static_cast<void>(hub.attach(
            [this](const TelemetryEvent& event) {
                std::string line(to_string(event.kind));
                line += " " + std::to_string(event.execution->entry_handle);
                if (event.outcome != nullptr)
                    line += " " + std::string(to_string(event.outcome->kind));
                if (!event.text.empty()) line += ": " + std::string(event.text);
                events.push_back(std::move(line));
            },
            all_telemetry));
    }
    [[nodiscard]] Execution execution(std::uint64_t number) const {
        Execution made;
        made.job = JobRef(job);
        made.entry_handle = number;
        return made;
    }
    void finish(std::uint64_t number, OutcomeKind kind = OutcomeKind::succeeded,
                std::string reason = {}) {
        Outcome outcome;
        outcome.kind = kind;
        outcome.reason = std::move(reason);
        executor.finished(execution(number), std::move(outcome));
    }
    [[nodiscard]] std::vector<OutcomeKind> ends() {
        std::vector<OutcomeKind> found;
        for (const Completion& one : completions.take()) found.push_back(one.kind());
        return found;
    }
};

TEST_F(ExecutorTest, WhatARunnerThatThrowsHadEndedKeepsItsEndAndTheRestIsLost) {
    runner.on_start = [](std::span<const Execution> runs, RunObserver& observer) {
        observer.finished(runs[0], Outcome{});
        throw std::runtime_error("no more");
    };
    executor.start({execution(1), execution(2)});
    EXPECT_THAT(events, ElementsAre("job.stop 1 succeeded", "job.exception 2 lost: no more"));
    EXPECT_THAT(ends(), ElementsAre(OutcomeKind::succeeded, OutcomeKind::lost));
    events.clear();

    finish(2, OutcomeKind::failed, "boom");  // it had begun
    EXPECT_THAT(events, ElementsAre("job.late_end 2: failed: boom"));
}

TEST_F(ExecutorTest, ARunThatIsGivenUpIsLostAndItsEndAnEventOfItsOwn) {
    runner.on_start = [](auto, auto&) {};
    executor.start({execution(1)});
    executor.watch(1);
    const auto outcome = executor.give_up(execution(1), "it hung");
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->kind, OutcomeKind::lost);
    EXPECT_FALSE(executor.give_up(execution(1), "it hung"));
    EXPECT_THAT(events, ElementsAre("job.exception 1 lost: it hung"));
    events.clear();
    finish(1);
    EXPECT_THAT(events, ElementsAre("job.late_end 1: succeeded"));
}

TEST_F(ExecutorTest, ARunThatHasEndedIsNotGivenUp) {
    runner.on_start = [](auto, auto&) {};
    executor.start({execution(1)});
    executor.watch(1);
    finish(1);
    EXPECT_FALSE(executor.give_up(execution(1), "it hung"));
    EXPECT_THAT(events, ElementsAre("job.stop 1 succeeded"));
    EXPECT_THAT(ends(), ElementsAre(OutcomeKind::succeeded));
}

TEST_F(ExecutorTest, ARunThatIsGivenUpOnItsWayDoesNotBegin) {
    std::size_t begun = 0;
    runner.on_start = [&](std::span<const Execution> runs, RunObserver&) { begun += runs.size(); };
    executor.watch(1);
    ASSERT_TRUE(executor.give_up(execution(1), "it hung"));
    executor.start({execution(1)});
    EXPECT_EQ(begun, 0U);
}

}  // namespace
}  // namespace quantum::scheduler
