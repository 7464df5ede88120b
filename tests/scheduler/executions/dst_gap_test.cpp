// `dst_gap = "skip"`: what clocks going forward leave out is one row skipped(dst_gap) at the
// transition instant, unless a run is due there (semantics section 2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/verify.hpp"

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// Zurich goes forward on 2026-03-29 at 01:00 UTC: 02:00 to 02:59 do not exist.
struct DstGapTest : testing::Test {
    World world{{.start = "2026-03-27 12:00:00"}};

    void SetUp() override { world.start(); }

    void add(const std::string& schedule, Misfire misfire = Misfire::one) {
        const ScheduleOptions options{.zone = "Europe/Zurich", .dst = {.gap = DstGap::skip}};
        auto parsed = parse_schedule(schedule, options);
        ASSERT_TRUE(parsed) << parsed.error().message;
        Job job = World::job("report", "* * * * *");
        job.set_schedule(*parsed).set_misfire(misfire);
        world.add(std::move(job));
    }

    [[nodiscard]] std::string checked(std::vector<verify::Outage> outages = {}) const {
        verify::History history;
        history.add_changes(world.storage->job_history());
        history.entries = world.entries("report");
        history.watermark = *world.storage->watermark();
        history.outages = std::move(outages);
        const verify::Report report = verify::check(history);
        return report.clean() ? "clean" : to_text(report);
    }
};

TEST_F(DstGapTest, WhatIsLeftOutHasARow) {
    add("30 2 * * *");
    world.clock.advance(72h);
    EXPECT_THAT(world.ledger("report"),
                ElementsAre("2026-03-28 01:30:00 succeeded", "2026-03-29 01:00:00 skipped(dst_gap)",
                            "2026-03-30 00:30:00 succeeded"));
    EXPECT_EQ(checked(), "clean");
}

TEST_F(DstGapTest, ManyMissingTimesAreOneRow) {
    add("*/20 2 28-30 3 *");
    world.clock.advance(48h);
    EXPECT_THAT(
        world.ledger("report"),
        ElementsAre("2026-03-28 01:00:00 succeeded", "2026-03-28 01:20:00 succeeded",
                    "2026-03-28 01:40:00 succeeded", "2026-03-29 01:00:00 skipped(dst_gap)"));
    EXPECT_EQ(checked(), "clean");
}

TEST_F(DstGapTest, ARunThatIsDueThereTakesItsPlace) {
    add("0 2,3 29 3 *");
    world.clock.advance(48h);
    EXPECT_THAT(world.ledger("report"), ElementsAre("2026-03-29 01:00:00 succeeded"));
    EXPECT_EQ(checked(), "clean");
}

TEST_F(DstGapTest, ARunningHourLeavesNothingOut) {
    add("30 */2 29 3 *");
    world.clock.advance(48h);
    EXPECT_THAT(world.ledger("report"), testing::Not(testing::Contains(testing::HasSubstr("dst"))));
    EXPECT_EQ(checked(), "clean");
}

// Left out is not missed: the row stands whatever became of the due times around it.
TEST_F(DstGapTest, TheRowIsWrittenAfterAnOutageToo) {
    add("30 2 * * *");
    world.clock.advance(1h);
    const WallTime down = world.clock.wall_now();
    world.crash_process(92h);
    world.settle();
    EXPECT_THAT(world.ledger("report"), ElementsAre("2026-03-28 01:30:00 coalesced x2",
                                                    "2026-03-29 01:00:00 skipped(dst_gap)",
                                                    "2026-03-31 00:30:00 succeeded"));
    EXPECT_EQ(checked({{verify::OutageKind::restart, down, world.clock.wall_now()}}), "clean");
}

TEST_F(DstGapTest, ADeletedJobKeepsTheRowOfWhatWasUndecided) {
    add("30 2 29 3 *");
    world.gate.fail_with([](const Batch&) { return StorageGate::Fault::failed; });
    world.clock.advance(40h);
    world.gate.heal();
    static_cast<void>(world.scheduler->delete_job("report"));
    world.clock.advance(10min);
    EXPECT_THAT(world.ledger("report"), ElementsAre("2026-03-29 01:00:00 skipped(dst_gap)"));
}

}  // namespace
}  // namespace quantum::test
