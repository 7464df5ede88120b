// Faults of the original that must not come back, each under the name of the promise.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(ObservedFaults, ReplacingAnActiveJobLeavesExactlyOneSchedule) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    world.clock.advance(1min);
    world.add(World::job("report", "*/5 * * * *"));
    world.clock.advance(10min);
    EXPECT_THAT(world.dues("report"),
                ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:05:00", "2024-03-01 12:10:00"));
    EXPECT_THAT(*world.scheduler->jobs(), SizeIs(1));
}

TEST(ObservedFaults, ReplacingAnActiveJobByAnInactiveOneSilencesIt) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    Job asleep = World::job("report", "* * * * *");
    asleep.set_state(JobState::inactive);
    world.add(std::move(asleep));
    world.clock.advance(5min);
    EXPECT_THAT(world.dues("report"), IsEmpty());
}

TEST(ObservedFaults, FiftyThousandJobsAddedInABurstAllArriveAndFire) {
    World world({.config = {.concurrency = 0}});
    world.start();
    std::vector<Job> jobs;
    for (int i = 0; i < 50'000; ++i) {
        jobs.push_back(World::job("job " + std::to_string(i), "0 12 * * *"));
    }
    ASSERT_TRUE(world.scheduler->add_jobs(std::move(jobs)));
    world.clock.advance(1min);
    std::set<std::string> fired;
    for (const auto& run : world.runner->runs()) fired.insert(run.execution.job->name());
    EXPECT_THAT(fired, SizeIs(50'000));
    EXPECT_THAT(world.runner->runs(), SizeIs(50'000));
}

TEST(ObservedFaults, AJobAddedAtRunTimeStartsFromNow) {
    World world;
    world.start();
    world.clock.advance(24h);
    world.add(World::job("report", "* * * * *"));
    world.clock.advance(1min);
    EXPECT_THAT(world.dues("report"), ElementsAre("2024-03-02 12:00:00"));
}

TEST(ObservedFaults, AnUnknownZoneIsAnErrorThatNamesItAndNoJobIsMade) {
    Job job;
    const Status set = job.set_schedule("0 0 * * *", {.zone = "Mars/Olympus"});
    ASSERT_FALSE(set);
    EXPECT_THAT(set.error().message, testing::HasSubstr("Mars/Olympus"));
}

TEST(ObservedFaults, AStorageOneHourBackRunsEveryJobOnceAndWritesTheWatermarkInBatches) {
    World world;
    world.start();
    world.add(World::job("minutely", "* * * * *"));
    world.clock.advance(1min);
    world.crash_process(1h);
    EXPECT_THAT(world.dues("minutely"), SizeIs(1));
    EXPECT_LT(world.gate.commits(), 12u);
}

TEST(ObservedFaults, ARebootJobRunsOnceOverACrashOfAStage) {
    World world({.runtime = {.crash_probability = 0.0}});
    world.start();
    world.add(World::job("boot", "@reboot"));
    world.add(World::job("minutely", "* * * * *"));
    world.runtime.set_crash_probability(0.02);
    for (int i = 0; i < 60; ++i) {
        world.clock.advance(1min);
        if (world.scheduler->state() != SchedulerState::running) break;
    }
    EXPECT_GT(world.runtime.crashes(), 0u);
    EXPECT_THAT(world.dues("boot"), SizeIs(1));
}

// Every turn of every stage in the minute around a due time is a place to crash at.
TEST(ObservedFaults, ACrashedStageComesBackAndNoDueTimeIsLostOrDoubled) {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    for (std::uint64_t turn = 0; turn == 0 || turn <= last; ++turn) {
        WorldOptions options;
        if (turn > 0) options.runtime.crash_turns = {first + turn};
        World world(std::move(options));
        world.start();
        world.add(World::job("minutely", "* * * * *"));
        world.add(World::job("hourly", "0 * * * *"));
        if (turn == 0) first = world.runtime.turns();
        world.clock.advance(2min);
        if (turn == 0) last = world.runtime.turns() - first;
        world.clock.advance(1min);
        const std::string where = "crash at turn " + std::to_string(turn);
        ASSERT_EQ(world.runtime.crashes(), turn == 0 ? 0u : 1u) << where;
        ASSERT_EQ(world.scheduler->state(), SchedulerState::running) << where;
        ASSERT_THAT(
            world.dues("minutely"),
            ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:01:00", "2024-03-01 12:02:00"))
            << where;
        ASSERT_THAT(world.dues("hourly"), ElementsAre("2024-03-01 12:00:00")) << where;
        ASSERT_THAT(world.ledger("minutely"),
                    ElementsAre("2024-03-01 12:00:00 succeeded", "2024-03-01 12:01:00 succeeded",
                                "2024-03-01 12:02:00 succeeded"))
            << where;
    }
    EXPECT_GT(last, 10u);
}

TEST(ObservedFaults, AScheduleWithoutAFutureTouchesNoOtherJobAndSaysSo) {
    World world;
    world.start();
    world.add(World::job("over", "0 0 1 1 * 2020", "UTC", Dialect::quantum));
    world.add(World::job("other", "* * * * *"));
    world.clock.advance(1min);
    EXPECT_THAT(world.dues("other"), SizeIs(1));
    EXPECT_EQ(world.scheduler->job_status("over")->problem, "the schedule has no further due time");
}

TEST(ObservedFaults, ASkippedOverlapLeavesATrace) {
    World world;
    world.runner->script("long", {.duration = 90s});
    world.start();
    world.add(World::job("long", "* * * * *"));
    world.clock.advance(2min);
    EXPECT_THAT(world.ledger("long"), Contains("2024-03-01 12:01:00 skipped(overlap)"));
    EXPECT_THAT(world.events, Contains("job.skip long overlap"));
}

TEST(ObservedFaults, AClockSetBackOneHourNeitherSilencesTheMinutelyNorRepeatsTheNightly) {
    World world({.start = "2024-03-01 01:59:30"});
    world.start();
    world.add(World::job("minutely", "* * * * *"));
    world.add(World::job("nightly", "0 2 * * *"));
    world.clock.advance(2min);
    EXPECT_THAT(world.dues("minutely"), SizeIs(2));
    EXPECT_THAT(world.dues("nightly"), SizeIs(1));
    world.clock.set_wall(world.clock.wall_now() - 1h);
    world.clock.advance(5min);
    EXPECT_THAT(world.dues("minutely"), SizeIs(7));
    world.clock.advance(2h);
    EXPECT_THAT(world.dues("nightly"), SizeIs(1));
}

TEST(ObservedFaults, AStorageDateOneYearOldReplaysNothingUnlessAsked) {
    for (const bool asked : {false, true}) {
        World world({.start = "2023-03-01 11:59:30"});
        world.start();
        Job job = World::job("hourly", "0 * * * *");
        job.set_overlap(Overlap::allow);
        if (asked) {
            job.set_misfire(Misfire::all);
            ASSERT_TRUE(job.set_misfire_cap(100'000));
            ASSERT_TRUE(job.set_grace(Duration::max()));
        }
        world.add(std::move(job));
        world.clock.advance(1min);
        world.crash_process(365 * 24h);
        world.settle();
        EXPECT_THAT(world.dues("hourly"), SizeIs(asked ? 365 * 24 : 1));
    }
}

TEST(ObservedFaults, AHangingTaskUnderOverlapSkipEndsAtItsTimeout) {
    World world;
    world.runner->script("hangs", {.duration = std::nullopt});
    world.start();
    Job job = World::job("hangs", "* * * * *");
    ASSERT_TRUE(job.set_timeout(30s));
    world.add(std::move(job));
    world.clock.advance(2min);
    EXPECT_THAT(world.ledger("hangs"),
                ElementsAre("2024-03-01 12:00:00 timed_out", "2024-03-01 12:01:00 timed_out"));
}

TEST(ObservedFaults, AHangingTaskThatDoesNotEndAtItsTimeoutIsShownAsStuck) {
    World world;
    world.runner->script("hangs", {.duration = std::nullopt, .ignores_terminate = true});
    world.start();
    Job job = World::job("hangs", "* * * * *");
    ASSERT_TRUE(job.set_timeout(30s));
    world.add(std::move(job));
    world.clock.advance(2min);
    EXPECT_EQ(world.scheduler->job_status("hangs")->stuck, 1u);
    EXPECT_THAT(world.ledger("hangs"), Contains("2024-03-01 12:01:00 skipped(overlap)"));
}

TEST(ObservedFaults, WithoutATickARunIsNotLateByAClockPhase) {
    World world;
    world.start();
    world.clock.advance(938ms);
    world.add(World::job("report", "* * * * *"));
    world.clock.advance(1min);
    ASSERT_THAT(world.runner->runs(), SizeIs(1));
    EXPECT_EQ(world.runner->runs()[0].execution.lateness(), 0us);
}

TEST(ObservedFaults, AnIdleSchedulerDoesNotWakeUp) {
    World world;
    world.start();
    for (int i = 0; i < 100; ++i) world.add(World::job("job " + std::to_string(i), "0 0 1 1 *"));
    const std::uint64_t turns = world.runtime.turns();
    world.clock.advance(24h * 30);
    EXPECT_EQ(world.runtime.turns(), turns);
}

}  // namespace
}  // namespace quantum::test
