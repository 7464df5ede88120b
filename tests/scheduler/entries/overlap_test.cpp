// Overlap and limits (semantics section 5).
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

Job overlapping(Overlap overlap, std::uint32_t queue = 1) {
    Job job = World::job("long", "* * * * *");
    job.set_overlap(overlap);
    if (!job.set_queue_limit(queue)) std::abort();
    return job;
}

TEST(Overlap, AllowRunsBesideTheEarlier) {
    World world;
    world.runner->script("long", {.duration = 150s});
    world.start();
    world.add(overlapping(Overlap::allow));
    world.clock.advance(3min);
    EXPECT_THAT(world.starts("long"),
                ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:01:00", "2024-03-01 12:02:00"));
}

TEST(Overlap, ASkippedRunLeavesATrace) {
    World world;
    world.runner->script("long", {.duration = 150s});
    world.start();
    world.add(overlapping(Overlap::skip));
    world.clock.advance(4min + 10s);
    EXPECT_THAT(world.ledger("long"),
                ElementsAre("2024-03-01 12:00:00 succeeded", "2024-03-01 12:01:00 skipped(overlap)",
                            "2024-03-01 12:02:00 skipped(overlap)", "2024-03-01 12:03:00 started"));
    EXPECT_THAT(world.events, Contains("job.skip long overlap"));
}

TEST(Overlap, QueueRunsInDueOrderAndSkipsWhatFindsItFull) {
    World world;
    world.runner->script("long", {.duration = 150s});
    world.start();
    world.add(overlapping(Overlap::queue, 2));
    // 12:01 and 12:02 wait; 12:03 finds room again because 12:01 started at 12:02:30.
    world.clock.advance(3min + 45s);
    EXPECT_THAT(world.starts("long"), ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:02:30"));
    EXPECT_THAT(world.ledger("long"),
                ElementsAre("2024-03-01 12:00:00 succeeded", "2024-03-01 12:01:00 started",
                            "2024-03-01 12:02:00 claimed", "2024-03-01 12:03:00 claimed"));
    world.clock.advance(45s);
    EXPECT_THAT(world.ledger("long"), Contains("2024-03-01 12:04:00 skipped(overlap)"));
    world.clock.advance(1min);
    EXPECT_THAT(world.dues("long"),
                ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:01:00", "2024-03-01 12:02:00"));
}

TEST(Overlap, ReplaceEndsTheEarlierFirst) {
    World world;
    world.runner->script("long", {.duration = 10min});
    world.start();
    world.add(overlapping(Overlap::replace));
    world.clock.advance(2min);
    const auto runs = world.runner->runs_of("long");
    ASSERT_THAT(runs, SizeIs(2));
    EXPECT_EQ(runs[0].outcome->kind, OutcomeKind::killed);
    EXPECT_LE(*runs[0].ended, runs[1].started);
    EXPECT_THAT(world.ledger("long"),
                ElementsAre("2024-03-01 12:00:00 killed", "2024-03-01 12:01:00 started"));
}

TEST(Overlap, ReplaceOfOneThatWillNotEndKeepsOnlyTheNewestWaiting) {
    World world;
    world.runner->script("long", {.duration = std::nullopt, .ignores_terminate = true});
    world.start();
    world.add(overlapping(Overlap::replace));
    world.clock.advance(3min);
    EXPECT_THAT(world.ledger("long"),
                ElementsAre("2024-03-01 12:00:00 started", "2024-03-01 12:01:00 skipped(overlap)",
                            "2024-03-01 12:02:00 claimed"));
}

TEST(Overlap, IsDecidedPerSchedulerSoThatTwoOfOneNameAreIndependent) {
    World one;
    World two({.seed = 2});
    for (World* world : {&one, &two}) {
        world->runner->script("long", {.duration = std::nullopt});
        world->start();
        world->add(overlapping(Overlap::skip));
        world->clock.advance(1min);
        EXPECT_THAT(world->dues("long"), SizeIs(1));
    }
}

TEST(Overlap, HoldsForAJobThatIsDeletedAndAddedAgain) {
    World world;
    world.runner->script("long", {.duration = 10min});
    world.start();
    world.add(overlapping(Overlap::skip));
    world.clock.advance(1min);
    ASSERT_TRUE(world.scheduler->delete_job("long"));
    world.add(overlapping(Overlap::skip));
    world.clock.advance(1min);
    EXPECT_THAT(world.dues("long"), SizeIs(1));
    EXPECT_THAT(world.ledger("long"), Contains("2024-03-01 12:01:00 skipped(overlap)"));
}

TEST(Overlap, AManualRunObeysItToo) {
    World world;
    world.runner->script("long", {.duration = 10min});
    world.start();
    world.add(overlapping(Overlap::skip));
    world.clock.advance(1min);
    EXPECT_EQ(world.scheduler->run_job("long").error().code, ErrorCode::unavailable);
}

TEST(Concurrency, WhatFindsNoPlaceWaitsInDueOrder) {
    World world({.config = {.concurrency = 2}});
    world.runner->script_others({.duration = 10s});
    world.start();
    for (const char* name : {"a", "b", "c", "d", "e"}) {
        world.add(World::job(name, "0 12 * * *"));
    }
    world.clock.advance(31s);
    EXPECT_EQ(world.runner->running(), 2u);
    EXPECT_THAT(world.ledger("c"), ElementsAre("2024-03-01 12:00:00 claimed"));
    world.clock.advance(10s);
    EXPECT_EQ(world.runner->running(), 2u);
    world.clock.advance(1min);
    EXPECT_THAT(world.starts("a"), ElementsAre("2024-03-01 12:00:00"));
    EXPECT_THAT(world.starts("c"), ElementsAre("2024-03-01 12:00:10"));
    EXPECT_THAT(world.starts("e"), ElementsAre("2024-03-01 12:00:20"));
}

TEST(Concurrency, WhatWaitedLongerThanItsGraceIsSkipped) {
    World world({.config = {.concurrency = 1}});
    world.runner->script_others({.duration = 5min});
    world.start();
    world.add(World::job("first", "0 12 * * *"));
    Job impatient = World::job("impatient", "0 12 * * *");
    ASSERT_TRUE(impatient.set_grace(1min));
    world.add(std::move(impatient));
    world.add(World::job("patient", "0 12 * * *"));
    world.clock.advance(6min);
    EXPECT_THAT(world.ledger("impatient"), ElementsAre("2024-03-01 12:00:00 skipped(concurrency)"));
    EXPECT_THAT(world.starts("patient"), ElementsAre("2024-03-01 12:05:00"));
}

TEST(Concurrency, TheWaitingRunsOfADeletedJobAreSkippedAsSuperseded) {
    World world({.config = {.concurrency = 1}});
    world.runner->script_others({.duration = 5min});
    world.start();
    world.add(World::job("first", "0 12 * * *"));
    world.add(World::job("waits", "0 12 * * *"));
    world.clock.advance(1min);
    ASSERT_TRUE(world.scheduler->delete_job("waits"));
    world.clock.advance(10min);
    EXPECT_THAT(world.ledger("waits"), ElementsAre("2024-03-01 12:00:00 skipped(superseded)"));
    EXPECT_THAT(world.dues("waits"), IsEmpty());
}

TEST(Concurrency, AClaimThatACrashMadeTooLateIsAMisfire) {
    World world({.config = {.concurrency = 1}});
    world.runner->script_others({.duration = 5min});
    world.start();
    world.add(World::job("first", "0 12 * * *"));
    Job impatient = World::job("impatient", "0 12 * * *");
    ASSERT_TRUE(impatient.set_grace(10min));
    world.add(std::move(impatient));
    world.clock.advance(1min);
    world.crash_process(20min);
    EXPECT_THAT(world.ledger("impatient"), ElementsAre("2024-03-01 12:00:00 skipped(misfire)"));
}

TEST(Overlap, AQueueStaysAQueueOverACrash) {
    World world;
    world.runner->script_others({.duration = 4min});
    world.start();
    Job queued = overlapping(Overlap::queue, 3);
    ASSERT_TRUE(queued.set_grace(1h));
    world.add(std::move(queued));
    world.clock.advance(2min + 40s);
    ASSERT_THAT(world.ledger("long"),
                ElementsAre("2024-03-01 12:00:00 started", "2024-03-01 12:01:00 claimed",
                            "2024-03-01 12:02:00 claimed"));
    world.crash_process();
    world.clock.advance(9min);
    // The first is lost; the others wait for each other, as they did before.
    EXPECT_THAT(world.starts("long"),
                ElementsAre("2024-03-01 12:02:10", "2024-03-01 12:06:10", "2024-03-01 12:10:10"));
    EXPECT_THAT(world.dues("long"),
                ElementsAre("2024-03-01 12:01:00", "2024-03-01 12:02:00", "2024-03-01 12:03:00"));
}

// What waits was due before what ran, since the clock was set back.
TEST(Overlap, AQueueWaitsOverACrashForWhatIsToRunAgain) {
    World world;
    world.runner->script_others({.duration = 4min});
    world.start();
    Job queued = overlapping(Overlap::queue, 3);
    ASSERT_TRUE(queued.set_grace(1h));
    queued.set_on_lost(OnLost::rerun);
    ASSERT_TRUE(queued.set_retries(0, Backoff::fixed(2min)));
    world.add(std::move(queued));
    world.clock.advance(40s);
    world.clock.set_wall(at("2024-03-01 11:30:30"));
    world.clock.advance(1min);
    ASSERT_THAT(world.ledger("long"),
                ElementsAre("2024-03-01 11:31:00 claimed pass 1", "2024-03-01 12:00:00 started"));
    world.crash_process();
    world.clock.advance(13min);
    EXPECT_THAT(world.dues("long"),
                ElementsAre("2024-03-01 12:00:00", "2024-03-01 11:31:00", "2024-03-01 11:32:00"));
    EXPECT_THAT(world.starts("long"),
                ElementsAre("2024-03-01 11:33:30", "2024-03-01 11:37:30", "2024-03-01 11:41:30"));
}

TEST(Concurrency, ClaimsAreDecidedAnewAfterACrashUnderTheSameId) {
    World world({.config = {.concurrency = 1}});
    world.runner->script_others({.duration = 5min});
    world.start();
    world.add(World::job("first", "0 12 * * *"));
    world.add(World::job("waits", "0 12 * * *"));
    world.clock.advance(1min);
    const ExecutionId id = world.entries("waits")[0].id;
    world.crash_process(1min);
    world.clock.advance(10min);
    EXPECT_THAT(world.ledger("first"), ElementsAre("2024-03-01 12:00:00 lost"));
    EXPECT_THAT(world.ledger("waits"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    EXPECT_EQ(world.entries("waits")[0].id, id);
}

}  // namespace
}  // namespace quantum::test
