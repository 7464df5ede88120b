// Missed due times (semantics section 4): over a restart, a suspend, and late timers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct MisfireRow {
    const char* name;
    const char* schedule;
    Misfire misfire;
    std::optional<Duration> grace;
    std::uint32_t cap;
    Duration outage;
    std::vector<std::string> ledger;  // of what was due in the outage
};

void PrintTo(const MisfireRow& row, std::ostream* out) { *out << row.name; }

class MissedOverARestart : public testing::TestWithParam<MisfireRow> {};

// The process is down from 11:59:30 on.
TEST_P(MissedOverARestart, IsDecidedByThePolicy) {
    const MisfireRow& row = GetParam();
    World world;
    world.start();
    Job job = World::job("report", row.schedule);
    job.set_misfire(row.misfire).set_overlap(Overlap::allow);
    ASSERT_TRUE(job.set_grace(row.grace));
    ASSERT_TRUE(job.set_misfire_cap(row.cap));
    world.add(std::move(job));

    world.crash_process(row.outage);
    world.settle();

    EXPECT_EQ(world.ledger("report"), row.ledger);
}

INSTANTIATE_TEST_SUITE_P(
    Policies, MissedOverARestart,
    testing::Values(
        MisfireRow{"OneRunsTheLatestAndCoalescesTheEarlier",
                   "*/15 * * * *",
                   Misfire::one,
                   {},
                   100,
                   35min + 30s,
                   {"2024-03-01 12:00:00 coalesced x2", "2024-03-01 12:30:00 succeeded"}},
        MisfireRow{"OneOfASingleMissedDueTimeRunsIt",
                   "0 12 * * *",
                   Misfire::one,
                   {},
                   100,
                   5min,
                   {"2024-03-01 12:00:00 succeeded"}},
        MisfireRow{"OneTooLateSkipsThemAll",
                   "*/15 * * * *",
                   Misfire::one,
                   1min,
                   100,
                   35min + 30s,
                   {"2024-03-01 12:00:00 skipped(misfire) x3"}},
        MisfireRow{"DefaultGraceOfADailyJobIsHalfADay",
                   "0 12 * * *",
                   Misfire::one,
                   {},
                   100,
                   12h,
                   {"2024-03-01 12:00:00 succeeded"}},
        MisfireRow{"BeyondTheDefaultGraceADailyJobIsSkipped",
                   "0 12 * * *",
                   Misfire::one,
                   {},
                   100,
                   12h + 2min,
                   {"2024-03-01 12:00:00 skipped(misfire)"}},
        MisfireRow{"AllRunsEachWithinGrace",
                   "*/15 * * * *",
                   Misfire::all,
                   1h,
                   100,
                   35min + 30s,
                   {"2024-03-01 12:00:00 succeeded", "2024-03-01 12:15:00 succeeded",
                    "2024-03-01 12:30:00 succeeded"}},
        MisfireRow{"AllSkipsWhatIsTooLate",
                   "*/15 * * * *",
                   Misfire::all,
                   20min,
                   100,
                   35min + 30s,
                   {"2024-03-01 12:00:00 skipped(misfire)", "2024-03-01 12:15:00 succeeded",
                    "2024-03-01 12:30:00 succeeded"}},
        MisfireRow{"AllRunsTheNewestUpToTheCap",
                   "*/15 * * * *",
                   Misfire::all,
                   12h,
                   2,
                   1h + 5min,
                   {"2024-03-01 12:00:00 skipped(misfire) x3", "2024-03-01 12:45:00 succeeded",
                    "2024-03-01 13:00:00 succeeded"}},
        MisfireRow{"TheCapCountsWhatIsNotTooLate",
                   "*/15 * * * *",
                   Misfire::all,
                   50min,
                   3,
                   1h + 5min,
                   {"2024-03-01 12:00:00 skipped(misfire) x2", "2024-03-01 12:30:00 succeeded",
                    "2024-03-01 12:45:00 succeeded", "2024-03-01 13:00:00 succeeded"}},
        MisfireRow{"SkipRunsNone",
                   "*/15 * * * *",
                   Misfire::skip,
                   {},
                   100,
                   35min + 30s,
                   {"2024-03-01 12:00:00 skipped(misfire) x3"}},
        MisfireRow{"EvenALittleLateIsMissedOverARestart",
                   "0 12 * * *",
                   Misfire::skip,
                   {},
                   100,
                   31s,
                   {"2024-03-01 12:00:00 skipped(misfire)"}},
        MisfireRow{"NothingMissedNothingDone", "0 12 * * *", Misfire::one, {}, 100, 10s, {}}),
    [](const auto& row) { return row.param.name; });

/// `misfire = all`: down from 11:59:30 on for 35 and a half minutes, each run takes ten.
struct MissedRunsOfAll : testing::TestWithParam<Overlap> {
    World world;

    void start_with_three_missed(Duration grace) {
        world.start();
        world.runner->script("report", {.duration = 10min});
        Job job = World::job("report", "*/15 * * * *");
        job.set_misfire(Misfire::all).set_overlap(GetParam());
        ASSERT_TRUE(job.set_grace(grace));
        ASSERT_TRUE(job.set_queue_limit(1));
        world.add(std::move(job));
        world.crash_process(35min + 30s);
        world.settle();
    }
};

TEST_P(MissedRunsOfAll, FollowOneAnotherOldestFirstHoweverLongThatTakes) {
    start_with_three_missed(40min);
    ASSERT_THAT(world.starts("report"), ElementsAre("2024-03-01 12:35:00"));
    world.clock.advance(9min);
    EXPECT_THAT(world.starts("report"), SizeIs(1)) << "not side by side";
    world.clock.advance(12min);
    // The last began 26 minutes after it was due, the first 35: grace was judged when the three
    // were decided, and 12:45, which came due meanwhile, is what overlap speaks of.
    EXPECT_THAT(world.starts("report"),
                testing::IsSupersetOf(
                    {"2024-03-01 12:35:00", "2024-03-01 12:45:00", "2024-03-01 12:55:00"}));
    world.clock.advance(30min);
    const auto ledger = world.ledger("report");
    ASSERT_GE(ledger.size(), 4U);
    EXPECT_THAT(std::vector(ledger.begin(), ledger.begin() + 3),
                ElementsAre("2024-03-01 12:00:00 succeeded", "2024-03-01 12:15:00 succeeded",
                            "2024-03-01 12:30:00 succeeded"));
    EXPECT_EQ(ledger[3], "2024-03-01 12:45:00 skipped(overlap)");
}

TEST_P(MissedRunsOfAll, GoOnAfterACrashWhateverTheirGrace) {
    start_with_three_missed(40min);
    world.clock.advance(5min);

    world.crash_process(30min);
    world.settle();
    world.clock.advance(25min);

    // 12:15 and 12:30 are 55 and 40 minutes late by now.
    const auto ledger = world.ledger("report");
    ASSERT_GE(ledger.size(), 3U);
    EXPECT_THAT(std::vector(ledger.begin(), ledger.begin() + 3),
                ElementsAre("2024-03-01 12:00:00 lost", "2024-03-01 12:15:00 succeeded",
                            "2024-03-01 12:30:00 succeeded"));
}

INSTANTIATE_TEST_SUITE_P(Overlaps, MissedRunsOfAll, testing::Values(Overlap::skip, Overlap::queue),
                         [](const auto& row) {
                             return row.param == Overlap::skip ? "Skip" : "Queue";
                         });

TEST(LateTimer, UpToFiveSecondsLateItSimplyRuns) {
    World world;
    world.start();
    Job job = World::job("report", "* * * * *");
    job.set_misfire(Misfire::skip);
    world.add(std::move(job));
    world.clock.suspend(35s);
    EXPECT_THAT(world.starts("report"), ElementsAre("2024-03-01 12:00:05"));
    EXPECT_EQ(world.runner->runs()[0].execution.lateness(), 5s);
}

TEST(LateTimer, LaterThanThatItIsMissed) {
    World world;
    world.start();
    Job job = World::job("report", "* * * * *");
    job.set_misfire(Misfire::skip);
    world.add(std::move(job));
    world.clock.suspend(35s + 1us);
    EXPECT_THAT(world.dues("report"), IsEmpty());
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 skipped(misfire)"));
}

TEST(Suspend, IsMissedTimeWithOneRunAndNoBurst) {
    World world;
    world.start();
    world.add(World::job("report", "*/15 * * * *"));
    world.clock.suspend(35min + 30s);
    world.settle();
    EXPECT_THAT(world.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced x2", "2024-03-01 12:30:00 succeeded"));
    EXPECT_THAT(world.storage->steps(), IsEmpty());
}

TEST(Coalesced, NamesTheRunThatCoversIt) {
    World world;
    world.start();
    world.add(World::job("report", "*/15 * * * *"));
    world.clock.suspend(35min + 30s);
    const auto entries = world.entries("report");
    ASSERT_THAT(entries, SizeIs(2));
    EXPECT_EQ(entries[0].covered_by, entries[1].id);
    EXPECT_EQ(entries[0].until, at("2024-03-01 12:15:00"));
}

TEST(Restart, MeasuresADueTimeAtTheWatermarkOnce) {
    World world;
    world.start();
    world.runner->script("report", {.duration = 10s});
    world.add(World::job("report", "* * * * *"));
    world.clock.advance(30s);
    ASSERT_EQ(world.storage->watermark(), at("2024-03-01 12:00:00"));
    world.crash_process();
    world.clock.advance(1min + 10s);
    EXPECT_THAT(world.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 lost", "2024-03-01 12:01:00 succeeded"));
}

TEST(Restart, OfAStorageOneYearOldReplaysNothingUnlessAsked) {
    World world;
    world.start();
    world.add(World::job("hourly", "0 * * * *"));
    Job all = World::job("all", "0 0 1 * *");
    all.set_misfire(Misfire::all).set_overlap(Overlap::allow);
    ASSERT_TRUE(all.set_grace(24h * 400));
    world.add(std::move(all));
    world.clock.advance(1h);
    world.crash_process(24h * 365);
    world.settle();
    // A year of hours is one line of the ledger; the job that asked for all has its twelve runs.
    EXPECT_THAT(world.dues("hourly"), IsEmpty());
    EXPECT_THAT(world.ledger("hourly"), ElementsAre("2024-03-01 12:00:00 succeeded",
                                                    "2024-03-01 13:00:00 skipped(misfire) x8760"));
    EXPECT_THAT(world.dues("all"), SizeIs(12));
}

}  // namespace
}  // namespace quantum::test
