// The end of a scheduler whose storage refuses: it takes no longer than was said, and counts only
// what it cut short itself.
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using Fault = StorageGate::Fault;

struct DrainTest : testing::TestWithParam<Fault> {
    World world;
    std::optional<StopReport> report;
    Duration took{};

    /// One run of the job, which begins at noon; the storage refuses from then on.
    void begin(Script script) {
        world.runner->script("report", std::move(script));
        world.start();
        world.add(World::job("report", "0 12 * * *"));
        world.clock.advance(31s);
        ASSERT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 started"));
        world.gate.fail_with([](const Batch&) { return GetParam(); });
    }
    void drain(Duration patience) {
        const BootTime began = world.clock.boot_now();
        world.scheduler->drain(patience, [this, began](Result<StopReport> drained) {
            ASSERT_TRUE(drained) << drained.error().message;
            if (report) return;
            report = *drained;
            took = world.clock.boot_now() - began;
        });
        world.settle();
    }
};

TEST_P(DrainTest, WaitsForTheStorageNoLongerThanItsPatienceWhereNothingRuns) {
    begin({.duration = 10s});
    world.clock.advance(20s);
    drain(18s);
    world.clock.advance(17s);
    EXPECT_FALSE(report);
    world.clock.advance(10s);
    ASSERT_TRUE(report);
    EXPECT_LT(took, 18s + 100ms);
    EXPECT_EQ(report->ended_by_force, 0u);
    EXPECT_EQ(report->lost, 0u);
    EXPECT_EQ(report->unstored, 1u);
    // What comes after it waits for nothing more.
    const BootTime before = world.clock.boot_now();
    const auto stopped = world.scheduler->stop(Duration::zero());
    ASSERT_TRUE(stopped) << stopped.error().message;
    EXPECT_EQ(stopped->unstored, 1u);
    EXPECT_LT(world.clock.boot_now() - before, 100ms);
}

TEST_P(DrainTest, LessPatienceSkipsTheWaitForTheStorage) {
    begin({.duration = 10s});
    world.clock.advance(20s);
    drain(18s);
    world.clock.advance(2s);
    ASSERT_FALSE(report);
    drain(Duration::zero());
    world.clock.advance(10ms);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->ended_by_force, 0u);
    EXPECT_EQ(report->unstored, 1u);
}

TEST_P(DrainTest, LessPatienceWaitsOnlyForWhatStillRuns) {
    begin({.duration = 1h});
    drain(18s);
    world.clock.advance(2s);
    drain(Duration::zero());
    world.clock.advance(10ms);  // it ends when it is asked to
    ASSERT_TRUE(report);
    EXPECT_EQ(report->ended_by_force, 1u);
    EXPECT_EQ(report->unstored, 1u);
}

TEST_P(DrainTest, EndsWithTheKillOfWhatDoesNotEnd) {
    begin({.duration = 1h, .ignores_terminate = true});
    drain(18s);
    world.clock.advance(25s);
    EXPECT_FALSE(report);
    world.clock.advance(10s);
    ASSERT_TRUE(report);
    EXPECT_LT(took, 26s + 100ms);
    EXPECT_EQ(report->ended_by_force, 1u);
    EXPECT_EQ(report->lost, 0u);
    EXPECT_EQ(report->unstored, 1u);
}

TEST_P(DrainTest, AStorageThatTakesBatchesAgainInTimeGetsThem) {
    begin({.duration = 10s});
    world.clock.advance(20s);
    drain(18s);
    world.clock.advance(5s);
    world.gate.heal();
    world.clock.advance(10s);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->unstored, 0u);
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 succeeded"));
}

TEST_P(DrainTest, TheStorageIsAskedOnceMoreWhenPatienceEnds) {
    begin({.duration = 10s});
    world.clock.advance(20s);
    drain(18s);
    world.clock.advance(1s);
    world.gate.heal();
    drain(Duration::zero());
    world.clock.advance(10ms);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->unstored, 0u);
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 succeeded"));
}

INSTANTIATE_TEST_SUITE_P(Faults, DrainTest, testing::Values(Fault::failed, Fault::unknown_lost),
                         [](const auto& row) {
                             return row.param == Fault::failed ? "failed" : "unknown";
                         });

TEST(Drain, NothingBeginsWhileItWaitsForWhatRuns) {
    World world;
    world.runner->script("short", {.duration = 2min});
    world.runner->script("long", {.duration = 5min});
    world.start();
    for (const char* name : {"short", "long"}) world.add(World::job(name, "0 12 * * *"));
    world.add(World::job("minutely", "* * * * *"));
    world.clock.advance(40s);
    ASSERT_THAT(world.dues("minutely"), ElementsAre("2024-03-01 12:00:00"));
    world.scheduler->drain(10min, [](const Result<StopReport>&) {});
    world.clock.advance(10min);  // both end, one after the other
    EXPECT_THAT(world.ledger("long"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    EXPECT_THAT(world.dues("minutely"), ElementsAre("2024-03-01 12:00:00"));
}

TEST(StorageFailure, IsSaidOnceAMinuteWhileItLasts) {
    std::vector<WallTime> said;
    WorldOptions options;
    std::optional<World> world;
    options.config.log = [&](LogLevel level, std::string_view, auto) {
        if (level == LogLevel::error && world) said.push_back(world->clock.wall_now());
    };
    world.emplace(std::move(options));
    world->start();
    world->add(World::job("report", "* * * * *"));
    world->gate.fail_with([](const Batch&) { return Fault::failed; });
    world->clock.advance(10min);
    ASSERT_GE(said.size(), 8u);
    EXPECT_LE(said.size(), 10u);
    for (std::size_t at = 1; at < said.size(); ++at) {
        EXPECT_GE(said[at] - said[at - 1], 60s);
        EXPECT_LE(said[at] - said[at - 1], 66s);
    }
}

}  // namespace
}  // namespace quantum::test
