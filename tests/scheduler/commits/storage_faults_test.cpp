// A storage that refuses, loses answers or breaks: nothing starts that is not stored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Fault = StorageGate::Fault;

TEST(StorageFailure, StartsNothingUntilItIsStoredAgain) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    world.gate.fail_with([](const Batch&) { return Fault::failed; });
    world.clock.advance(33s);
    EXPECT_THAT(world.dues("report"), IsEmpty());
    EXPECT_THAT(world.ledger("report"), IsEmpty());
    EXPECT_THAT(world.events, Contains("scheduler.state degraded"));

    world.gate.heal();
    world.clock.advance(5s);
    EXPECT_THAT(world.dues("report"), ElementsAre("2024-03-01 12:00:00"));
    EXPECT_THAT(world.events, Contains("scheduler.state healed"));
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 succeeded"));
}

TEST(StorageFailure, ThatLastsMakesMissedDueTimes) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    world.gate.fail_with([](const Batch&) { return Fault::failed; });
    world.clock.advance(10min);
    world.gate.heal();
    world.clock.advance(10s);
    EXPECT_THAT(world.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced x9", "2024-03-01 12:09:00 succeeded"));
}

TEST(StorageFailure, LosesNoDueTimeOfADefinitionThatWaitsToBeStored) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    world.clock.advance(1min);
    bool trouble = true;
    world.gate.fail_with([&](const Batch&) { return trouble ? Fault::unknown_lost : Fault::none; });
    // Accepted at 12:00:30, stored minutes later.
    static_cast<void>(
        world.scheduler->add_job(World::job("report", "45 * * * * *", "UTC", Dialect::seconds)));
    world.clock.advance(3min);
    trouble = false;
    world.clock.advance(10s);
    EXPECT_THAT(world.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 succeeded", "2024-03-01 12:00:45 coalesced x2",
                            "2024-03-01 12:02:45 succeeded"));
}

TEST(StorageFailure, DecidesNothingThatWasMissedBeyondAChangeOnItsWay) {
    World world;
    world.start();
    const auto patient = [](const char* schedule, Dialect dialect) {
        Job job = World::job("report", schedule, "UTC", dialect);
        job.set_overlap(Overlap::allow);
        EXPECT_TRUE(job.set_grace(1h));
        return job;
    };
    world.add(patient("* * * * *", Dialect::cron));
    bool trouble = true;
    world.gate.fail_with([&](const Batch&) { return trouble ? Fault::unknown_lost : Fault::none; });
    world.clock.advance(2min);
    // Accepted at 12:01:30, while the round of 12:00 is being stored.
    static_cast<void>(world.scheduler->add_job(patient("45 * * * * *", Dialect::seconds)));
    world.clock.advance(3min);
    trouble = false;
    world.clock.advance(10s);
    EXPECT_THAT(world.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 succeeded", "2024-03-01 12:01:00 succeeded",
                            "2024-03-01 12:01:45 coalesced x2", "2024-03-01 12:03:45 succeeded"));
}

TEST(StorageFailure, AChangeThatIsRefusedHoldsUpNothing) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    world.gate.fail_with(
        [](const Batch& batch) { return batch.jobs.empty() ? Fault::none : Fault::failed; });
    world.clock.advance(30s);  // exactly due
    EXPECT_FALSE(world.scheduler->add_job(World::job("new", "* * * * *")));
    world.clock.advance(1min);
    EXPECT_THAT(world.dues("report"), ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:01:00"));
}

TEST(StorageFailure, RefusesAChangeAndKeepsTheTableAsItWas) {
    World world;
    world.start();
    world.add(World::job("kept", "* * * * *"));
    world.gate.fail_with([](const Batch&) { return Fault::failed; });
    const auto added = world.scheduler->add_job(World::job("new", "* * * * *"));
    EXPECT_EQ(added.error().code, ErrorCode::unavailable);
    EXPECT_EQ(world.scheduler->delete_job("kept").error().code, ErrorCode::unavailable);
    EXPECT_THAT(*world.scheduler->jobs(), SizeIs(1));
    world.gate.heal();
    world.clock.advance(2min);
    EXPECT_THAT(world.dues("kept"), SizeIs(2));
    EXPECT_THAT(world.dues("new"), IsEmpty());
}

TEST(StorageFailure, WhatItRefusedMayBeAskedForAgain) {
    World world;
    world.start();
    world.add(World::job("kept", "* * * * *"));
    world.gate.fail_with([](const Batch&) { return Fault::failed; });
    EXPECT_FALSE(world.scheduler->add_job(World::job("new", "* * * * *")));
    EXPECT_FALSE(world.scheduler->delete_job("kept"));
    world.clock.advance(1min);
    world.gate.heal();
    world.clock.advance(10s);
    EXPECT_TRUE(world.scheduler->delete_job("kept"));
    ASSERT_TRUE(world.scheduler->add_job(World::job("new", "* * * * *")));
    EXPECT_EQ(world.storage->job_history().back().kind, JobChangeKind::added);
    EXPECT_EQ(world.storage->job_history().back().stored.revision, 1u);
}

TEST(StorageFailure, TheFirstJobsWaitAtTheStartAndNothingIsDecidedMeanwhile) {
    WorldOptions options;
    options.config.jobs = {World::job("report", "* * * * *")};
    World world(std::move(options));
    world.gate.fail_with([](const Batch&) { return Fault::failed; });
    world.start();
    world.clock.advance(125s);
    EXPECT_THAT(world.dues("report"), IsEmpty());
    EXPECT_THAT(world.ledger("report"), IsEmpty());
    EXPECT_THAT(world.events, Contains("scheduler.state degraded"));
    EXPECT_EQ(world.scheduler->state(), SchedulerState::running);
    const auto known = world.scheduler->jobs();
    ASSERT_FALSE(known);
    EXPECT_EQ(known.error().code, ErrorCode::unavailable);
    EXPECT_THAT(known.error().message, HasSubstr("the first jobs are not stored yet: "));
    EXPECT_EQ(world.scheduler->add_job(World::job("new", "* * * * *")).error().code,
              ErrorCode::unavailable);
    EXPECT_EQ(world.scheduler->trigger("report").error().code, ErrorCode::unavailable);

    world.gate.heal();
    world.clock.advance(5s);
    EXPECT_THAT(world.events, Contains("scheduler.state healed"));
    ASSERT_TRUE(world.scheduler->jobs());
    EXPECT_THAT(*world.scheduler->jobs(), SizeIs(1));
    EXPECT_THAT(world.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced", "2024-03-01 12:01:00 succeeded"));
}

TEST(StorageFailure, AStopWhileTheFirstJobsWaitIsNotHeldUp) {
    std::vector<std::string> errors;
    WorldOptions options;
    options.config.jobs = {World::job("report", "* * * * *")};
    options.config.log = [&](LogLevel level, std::string_view, auto fields) {
        if (level == LogLevel::error) errors.emplace_back(fields[0].value);
    };
    World world(std::move(options));
    world.gate.fail_with([](const Batch&) { return Fault::failed; });
    world.start();
    world.clock.advance(1min);
    ASSERT_TRUE(world.scheduler->stop());
    EXPECT_THAT(errors, Contains("the scheduler stopped before the call was completed"));
    world.gate.heal();
    world.start();
    world.clock.advance(1min);
    EXPECT_THAT(*world.scheduler->jobs(), SizeIs(1));
    EXPECT_THAT(world.dues("report"), ElementsAre("2024-03-01 12:01:00"));
}

class LostAnswer : public testing::TestWithParam<Fault> {};

// Whether the batch was stored or not: it is sent again until the adapter says.
TEST_P(LostAnswer, NeitherLosesNorDoublesARun) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    int lost = 0;
    world.gate.fail_with([&](const Batch&) { return ++lost % 3 != 0 ? GetParam() : Fault::none; });
    world.clock.advance(3min);
    world.gate.heal();
    world.clock.advance(10s);
    EXPECT_GT(lost, 6);
    EXPECT_THAT(world.dues("report"),
                ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:01:00", "2024-03-01 12:02:00"));
    EXPECT_THAT(world.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 succeeded", "2024-03-01 12:01:00 succeeded",
                            "2024-03-01 12:02:00 succeeded"));
}

INSTANTIATE_TEST_SUITE_P(BothWays, LostAnswer,
                         testing::Values(Fault::unknown_lost, Fault::unknown_stored),
                         [](const auto& row) {
                             return row.param == Fault::unknown_lost ? "NotStored" : "Stored";
                         });

TEST(StorageFailure, AtTheEndOfARunKeepsItsOutcome) {
    World world;
    world.runner->script("report", {.duration = 10s});
    world.start();
    world.add(World::job("report", "0 12 * * *"));
    world.clock.advance(35s);
    world.gate.fail_with([](const Batch&) { return Fault::failed; });
    world.clock.advance(1min);
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 started"));
    world.gate.heal();
    world.clock.advance(10s);
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    EXPECT_EQ(world.entries("report")[0].ended_at, at("2024-03-01 12:00:10"));
}

TEST(StorageFailure, ThatIsFatalStopsTheSchedulerWithTheReason) {
    std::vector<std::string> errors;
    WorldOptions options;
    options.config.log = [&](LogLevel level, std::string_view, auto fields) {
        if (level == LogLevel::error) errors.emplace_back(fields[0].value);
    };
    World world(std::move(options));
    world.start();
    world.add(World::job("report", "* * * * *"));
    world.gate.fail_with([](const Batch&) { return Fault::fatal; });
    world.clock.advance(5min);
    EXPECT_THAT(world.dues("report"), IsEmpty());
    EXPECT_EQ(world.scheduler->state(), SchedulerState::failed);
    EXPECT_THAT(errors, Contains("the store is another's"));
    EXPECT_FALSE(world.scheduler->add_job(World::job("new", "* * * * *")));
}

TEST(StorageFailure, ThatIsFatalIsTheLastThatIsHeard) {
    World world;
    world.runner->script("long", {.duration = 3min});
    world.start();
    world.add(World::job("long", "0 12 * * *"));
    world.add(World::job("report", "* * * * *"));
    world.clock.advance(40s);
    world.gate.fail_with([](const Batch&) { return Fault::fatal; });
    world.clock.advance(1min);
    ASSERT_EQ(world.scheduler->state(), SchedulerState::failed);
    world.gate.heal();
    const std::size_t commits = world.gate.commits();
    world.clock.advance(5min);  // the run ends, and the next are due
    EXPECT_EQ(world.gate.commits(), commits);
}

TEST(NoopStorage, RunsJobsAndKeepsNothing) {
    SimulatedClock clock(at("2024-03-01 11:59:30"));
    SimulatedRuntime runtime(1);
    NoopStorage storage;
    ScriptedRunner runner(clock);
    clock.settle_with([&] { runtime.run_until_idle(); });
    Scheduler scheduler({clock, runtime, storage, runner});
    ASSERT_TRUE(scheduler.start());
    Job job = World::job("report", "* * * * *");
    ASSERT_TRUE(scheduler.add_job(job));
    clock.advance(10min);
    EXPECT_THAT(runner.runs(), SizeIs(10));
    ASSERT_TRUE(scheduler.delete_job("report"));
    clock.advance(10min);
    EXPECT_THAT(runner.runs(), SizeIs(10));
}

}  // namespace
}  // namespace quantum::test
