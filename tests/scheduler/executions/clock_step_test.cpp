// Changes of the wall clock (semantics section 6).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(StepForward, OfLessThanThreeHoursMakesMissedDueTimes) {
    World world;
    world.start();
    world.add(World::job("report", "*/15 * * * *"));
    world.clock.set_wall(at("2024-03-01 12:35:00"));
    world.settle();
    EXPECT_THAT(world.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced x2", "2024-03-01 12:30:00 succeeded"));
    ASSERT_THAT(world.storage->steps(), SizeIs(1));
    EXPECT_EQ(world.storage->steps()[0].after, at("2024-03-01 12:35:00"));
}

TEST(StepForward, IsNotedOnceTheStorageTakesSomethingAgain) {
    World world;
    world.start();
    world.add(World::job("report", "*/15 * * * *"));
    world.gate.fail_with([](const Batch&) { return StorageGate::Fault::failed; });
    world.clock.set_wall(at("2024-03-01 12:35:00"));
    world.clock.advance(1min);
    EXPECT_THAT(world.storage->steps(), IsEmpty());
    world.gate.heal();
    world.clock.advance(1min);
    ASSERT_THAT(world.storage->steps(), SizeIs(1));
    EXPECT_EQ(world.storage->steps()[0].after, at("2024-03-01 12:35:00"));
}

TEST(StepForward, OfMoreThanThreeHoursIsACorrectionAndReplaysNothing) {
    World world;
    world.start();
    world.add(World::job("report", "*/15 * * * *"));
    world.clock.set_wall(at("2024-03-01 20:00:00"));
    world.settle();
    EXPECT_THAT(world.dues("report"), IsEmpty());
    world.clock.advance(15min);
    EXPECT_THAT(world.dues("report"), ElementsAre("2024-03-01 20:15:00"));
    ASSERT_THAT(world.storage->steps(), SizeIs(1));
}

TEST(StepBackward, OfAnHourNeitherSilencesTheMinutelyJobNorRepeatsTheNightlyOne) {
    World world;
    world.start();
    world.add(World::job("minutely", "* * * * *"));
    world.add(World::job("nightly", "0 12 * * *"));
    world.clock.advance(2min);  // 12:01:30
    world.clock.set_wall(at("2024-03-01 11:01:30"));
    world.clock.advance(1h + 5min);

    EXPECT_THAT(world.ledger("nightly"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    const auto starts = world.starts("minutely");
    ASSERT_THAT(starts, SizeIs(2 + 65));
    EXPECT_EQ(starts[2], "2024-03-01 11:02:00");
    // The due times that come a second time are told apart by their pass.
    std::size_t second_pass = 0;
    for (const auto& run : world.runner->runs_of("minutely")) second_pass += run.execution.pass;
    EXPECT_EQ(second_pass, 60u);
    world.clock.advance(24h);
    EXPECT_THAT(world.ledger("nightly"), SizeIs(2));
}

TEST(StepBackward, OfMoreThanThreeHoursLetsAllGoOnFromTheNewNow) {
    World world;
    world.start();
    world.add(World::job("nightly", "0 12 * * *"));
    world.clock.advance(1min);
    world.clock.set_wall(at("2024-03-01 06:00:00"));
    world.clock.advance(7h);
    EXPECT_THAT(world.ledger("nightly"), ElementsAre("2024-03-01 12:00:00 succeeded",
                                                     "2024-03-01 12:00:00 succeeded pass 1"));
}

TEST(StepBackward, AChangeThatWasAcceptedBeforeItDecidesNothingAhead) {
    for (const char* set_back_to : {"2024-03-01 11:10:00", "2024-03-01 06:10:00"}) {
        World world;
        world.start();
        world.add(World::job("report", "0 * * * *"));
        world.clock.advance(125min);  // 14:04:30
        bool trouble = true;
        world.gate.fail_with([&](const Batch&) {
            return trouble ? StorageGate::Fault::unknown_lost : StorageGate::Fault::none;
        });
        static_cast<void>(world.scheduler->add_job(World::job("report", "30 * * * *")));
        world.clock.set_wall(at(set_back_to));
        trouble = false;
        world.clock.advance(30s);
        for (const Entry& entry : world.entries("report")) {
            EXPECT_LE(entry.due, entry.claimed_at) << set_back_to;
        }
        world.clock.advance(1h);
        EXPECT_EQ(world.starts("report").back().substr(14), "30:00") << set_back_to;
    }
}

TEST(StepBackward, IsRememberedOverARestart) {
    World world;
    world.start();
    world.add(World::job("minutely", "* * * * *"));
    world.add(World::job("nightly", "0 12 * * *"));
    world.clock.advance(2min);
    world.clock.set_wall(at("2024-03-01 11:30:30"));
    world.clock.advance(1min);
    world.crash_process();
    world.clock.advance(1h);
    EXPECT_THAT(world.ledger("nightly"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    EXPECT_THAT(world.dues("minutely"), SizeIs(60));
}

TEST(StepBackward, LosesNoDueTimeThatItFoundUndecidedOverARestart) {
    World world;
    world.start();
    world.add(World::job("nightly", "0 12 * * *"));
    world.gate.fail_with([](const Batch&) { return StorageGate::Fault::failed; });
    world.clock.advance(2min);  // 12:01:30, and nothing of 12:00 is stored
    world.clock.set_wall(at("2024-03-01 11:30:30"));
    world.gate.heal();
    world.clock.advance(1min);
    ASSERT_THAT(world.storage->steps(), SizeIs(1));
    EXPECT_THAT(world.ledger("nightly"), IsEmpty());
    world.crash_process();
    world.clock.advance(1h);
    EXPECT_THAT(world.ledger("nightly"), ElementsAre("2024-03-01 12:00:00 succeeded pass 1"));
}

TEST(StepBackward, KeepsAnIntervalGoingInRealTime) {
    World world;
    world.start();
    world.add(World::job("poll", "@every 10m"));
    world.clock.advance(20min);
    world.clock.set_wall(at("2024-03-01 11:20:00"));
    const auto before = world.dues("poll").size();
    world.clock.advance(30min);
    EXPECT_EQ(world.dues("poll").size(), before + 3);
}

TEST(SmallStep, IsNoStep) {
    World world;
    world.start();
    world.add(World::job("minutely", "* * * * *"));
    world.clock.advance(1min);
    world.clock.set_wall(world.clock.wall_now() - 2s);
    world.clock.advance(2min);
    EXPECT_THAT(world.storage->steps(), IsEmpty());
    EXPECT_THAT(world.dues("minutely"), SizeIs(3));
}

TEST(SmallStep, OneAfterTheOtherIsAStep) {
    World world;
    world.start();
    world.add(World::job("minutely", "* * * * *"));
    for (int i = 0; i < 120; ++i) {
        world.clock.set_wall(world.clock.wall_now() - 2s);
        world.clock.advance(3s);
    }
    EXPECT_FALSE(world.storage->steps().empty());
}

TEST(StepBackward, WhileNothingRanIsSeenByWhatTheLedgerHadDecided) {
    World before;
    before.start();
    before.add(World::job("minutely", "* * * * *"));
    before.clock.advance(2min);  // 12:01:30
    World world({.start = "2024-03-01 11:01:30", .storage = before.storage->clone()});
    world.start();
    world.clock.advance(1min);
    ASSERT_THAT(world.storage->steps(), SizeIs(1));
    EXPECT_EQ(world.storage->steps()[0].after, at("2024-03-01 11:01:30"));
    EXPECT_THAT(world.starts("minutely"), ElementsAre("2024-03-01 11:02:00"));
}

TEST(Step, BetweenClaimAndEndLosesNothing) {
    World world;
    world.runner->script("long", {.duration = 10min});
    world.start();
    world.add(World::job("long", "0 12 * * *"));
    world.clock.advance(1min);
    world.clock.set_wall(at("2024-03-01 10:00:00"));
    world.clock.advance(10min);
    EXPECT_THAT(world.ledger("long"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    EXPECT_EQ(world.runner->runs()[0].outcome->duration, 10min);
}

}  // namespace
}  // namespace quantum::test
