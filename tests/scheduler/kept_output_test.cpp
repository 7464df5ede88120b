// What runs write is kept by any storage that has a ledger, if the configuration says so; and the
// runner that does it may be wrapped.
#include <atomic>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/quantum.hpp"
#include "quantum/runner/forwarding_observer.hpp"
#include "quantum/runner/forwarding_runner.hpp"
#include "quantum/storage/memory_storage.hpp"
#include "quantum/testing.hpp"

#include "support/instants.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr auto longest_wait = 60s;

/// A scheduler with parts of its own, whose jobs are run by hand.
struct KeptOutputTest : testing::Test {
    const std::shared_ptr<MemoryStorage> storage = std::make_shared<MemoryStorage>();

    SchedulerConfig config() {
        SchedulerConfig made;
        made.storage = storage;
        return made;
    }

    /// Runs a job of that task once, and gives its execution when its end is stored.
    static ExecutionId run(SchedulerConfig config, Task task) {
        Scheduler scheduler(std::move(config));
        EXPECT_TRUE(scheduler.start());
        EXPECT_TRUE(scheduler.add_job({.name = "job", .schedule = "0 0 1 1 *", .task = task}));
        const auto id = scheduler.run_job("job");
        EXPECT_TRUE(id) << id.error().message;
        EXPECT_TRUE(scheduler.stop(longest_wait));
        return id.value_or(ExecutionId{});
    }
};

Command shell(std::string script) {
    Command command;
    command.argv = {"/bin/sh", "-c", std::move(script)};
    return command;
}

TEST_F(KeptOutputTest, OfFunctionsAndCommandsIsReadWithTheLedger) {
    SchedulerConfig keeps = config();
    keeps.output = KeepOutput{.masked = {"hunter2"}};
    const ExecutionId function = run(keeps, [](ExecutionContext& context) {
        context.out() << "rows: " << 42 << "\npassword: hunter2";
    });
    const auto said = storage->output(function);
    ASSERT_TRUE(said) << said.error().message;
    EXPECT_EQ(said->head, "rows: 42\npassword: ***");
    EXPECT_EQ(said->bytes, said->head.size());
    EXPECT_EQ(storage->output(function, 1)->head, said->head);

    const ExecutionId command = run(keeps, shell("echo out; echo hunter2 >&2; exit 3"));
    const auto written = storage->output(command);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(written->bytes, 8U);
    EXPECT_THAT(written->head, testing::HasSubstr("***\n"));
    EXPECT_EQ(storage->entry(command.text())->state, EntryState::failed);
}

TEST_F(KeptOutputTest, IsNotKeptUnlessItIsAskedFor) {
    const ExecutionId function =
        run(config(), [](ExecutionContext& context) { context.log("a line"); });
    EXPECT_EQ(storage->entry(function.text())->state, EntryState::succeeded);
    EXPECT_EQ(storage->output(function).error().code, ErrorCode::not_found);
    const ExecutionId command = run(config(), shell("echo out"));
    EXPECT_EQ(storage->output(command).error().code, ErrorCode::not_found);
}

TEST_F(KeptOutputTest, LinesAreToldAsEver) {
    for (const bool keeps : {false, true}) {
        SchedulerConfig with = config();
        if (keeps) with.output = KeepOutput{.masked = {"hunter2"}};
        Scheduler scheduler(with);
        std::vector<std::string> lines;
        static_cast<void>(
            scheduler.attach([&](const TelemetryEvent& event) { lines.emplace_back(event.text); },
                             kind_bit(TelemetryKind::job_output)));
        ASSERT_TRUE(scheduler.start());
        ASSERT_TRUE(scheduler.add_job(
            {.name = "job", .schedule = "0 0 1 1 *", .task = [](ExecutionContext& context) {
                 context.log("one");
                 context.out() << "hunter2\nthree";
             }}));
        ASSERT_TRUE(scheduler.run_job("job"));
        ASSERT_TRUE(scheduler.stop(longest_wait));
        EXPECT_THAT(lines, ElementsAre("one", keeps ? "***" : "hunter2", "three"));
    }
}

/// A runner whose runs have written something before they end.
class Talking final : public ForwardingRunner {
public:
    using ForwardingRunner::ForwardingRunner;
    std::shared_ptr<const CapturedOutput> output_so_far(const ExecutionId&) override {
        return std::make_shared<const CapturedOutput>(CapturedOutput{"so far", {}, 6});
    }
};

TEST(KeptOutput, UntilItsTimeoutIsThatOfAFunctionThatGoesOn) {
    SimulatedClock clock{at("2024-03-01 11:59:30")};
    SimulatedRuntime runtime(1);
    MemoryStorage storage;
    auto scripted = std::make_unique<ScriptedRunner>(clock);
    scripted->script("job", {.duration = std::nullopt, .ignores_terminate = true});
    ScriptedRunner& inner = *scripted;
    Talking runner(std::move(scripted));
    clock.settle_with([&] { runtime.run_until_idle(); });
    Scheduler scheduler({clock, runtime, storage, runner});
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job(
        {.name = "job", .schedule = "0 12 * * *", .task = [] {}, .timeout = 10s}));
    clock.advance(1min);
    const auto entries = storage.entries({});
    ASSERT_EQ(entries->size(), 1u);
    EXPECT_EQ(entries->front().state, EntryState::timed_out);
    const auto output = storage.output(entries->front().id);
    ASSERT_TRUE(output) << output.error().message;
    EXPECT_EQ(output->head, "so far");
    inner.finish_all({});
    clock.advance(1s);
    EXPECT_EQ(storage.output(entries->front().id)->head, "so far") << "what comes later does not";
    EXPECT_TRUE(scheduler.stop(0s));
}

// -- Wrapping the runner ---------------------------------------------------------------------

/// Counts what is started.
class Counting final : public ForwardingRunner {
public:
    Counting(std::unique_ptr<Runner> inner, std::atomic<int>& starts)
        : ForwardingRunner(std::move(inner)), starts_(starts) {}
    void start(std::span<const Execution> executions, RunObserver& observer) override {
        starts_ += static_cast<int>(executions.size());
        ForwardingRunner::start(executions, observer);
    }

private:
    std::atomic<int>& starts_;
};

TEST_F(KeptOutputTest, AWrappedRunnerStandsBeforeTheBuiltInOne) {
    std::atomic<int> starts = 0;
    SchedulerConfig wraps = config();
    wraps.output = KeepOutput{};
    wraps.wrap_runner = [&](std::unique_ptr<Runner> built_in, Clock& clock) {
        EXPECT_GT(clock.wall_now(), WallTime{});
        return std::make_unique<Counting>(std::move(built_in), starts);
    };
    const ExecutionId function =
        run(wraps, [](ExecutionContext& context) { context.log("a line"); });
    EXPECT_EQ(storage->output(function)->head, "a line\n");
    const ExecutionId command = run(wraps, shell("echo out"));
    EXPECT_EQ(storage->output(command)->head, "out\n");
    EXPECT_EQ(starts, 2);
}

TEST_F(KeptOutputTest, ARunnerThatCannotBeWrappedLetsNothingStart) {
    SchedulerConfig throws = config();
    throws.wrap_runner = [](std::unique_ptr<Runner>, Clock&) -> std::unique_ptr<Runner> {
        throw std::runtime_error("no such queue");
    };
    const Status thrown = Scheduler(throws).start();
    ASSERT_FALSE(thrown);
    EXPECT_EQ(thrown.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(thrown.error().message, "wrap_runner: no such queue");

    SchedulerConfig forgets = config();
    forgets.wrap_runner = [](std::unique_ptr<Runner>, Clock&) { return nullptr; };
    const Status none = Scheduler(forgets).start();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().message, "wrap_runner: returned no runner");
}

}  // namespace
}  // namespace quantum::test
