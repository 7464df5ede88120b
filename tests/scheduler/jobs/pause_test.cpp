// Pause and resume, one-shots, several schedules, deletion with kill (semantics sections 1, 6, 8).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Pause, SkipsItsDueTimesAsOneRowAndCatchesNothingUp) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    world.clock.advance(1min);
    ASSERT_TRUE(world.scheduler->pause_job("report", {.note = "disk swap"}));
    world.clock.advance(5min);
    EXPECT_EQ((*world.scheduler->find_job("report"))->pause()->note, "disk swap");
    EXPECT_EQ(world.scheduler->job_status("report")->next_due, std::nullopt);
    ASSERT_TRUE(world.scheduler->resume_job("report", "done"));
    world.clock.advance(1min);
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 succeeded",
                                                    "2024-03-01 12:01:00 skipped(paused) x5",
                                                    "2024-03-01 12:06:00 succeeded"));
    std::vector<std::string> notes;
    for (const JobChange& change : world.storage->job_history()) {
        notes.push_back(change.stored.note);
    }
    EXPECT_THAT(notes, ElementsAre("", "paused: disk swap", "resumed: done"));
}

TEST(Pause, EndsByItselfAtItsInstant) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    ASSERT_TRUE(world.scheduler->pause_job("report", {.until = at("2024-03-01 12:03:00")}));
    EXPECT_EQ(world.scheduler->job_status("report")->next_due, at("2024-03-01 12:03:00"));
    world.clock.advance(4min);
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 skipped(paused) x3",
                                                    "2024-03-01 12:03:00 succeeded"));
}

TEST(Pause, SurvivesARestartAndItsRowIsWhole) {
    for (const bool ends_by_itself : {true, false}) {
        World world;
        world.start();
        world.add(World::job("report", "* * * * *"));
        world.add(World::job("other", "* * * * *"));  // moves the watermark
        PauseOptions pause;
        if (ends_by_itself) pause.until = at("2024-03-01 12:04:30");
        ASSERT_TRUE(world.scheduler->pause_job("report", pause));
        world.clock.advance(2min);
        world.crash_process(30s);
        world.clock.advance(2min + 15s);
        if (!ends_by_itself) {
            ASSERT_TRUE(world.scheduler->resume_job("report"));
        }
        world.clock.advance(1min);
        EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 skipped(paused) x5",
                                                        "2024-03-01 12:05:00 succeeded"));
    }
}

TEST(Pause, BelongsToTheNameAndSurvivesANewDefinition) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    ASSERT_TRUE(world.scheduler->pause_job("report"));
    world.clock.advance(1min);
    world.add(World::job("report", "*/2 * * * *"));
    world.clock.advance(4min);
    EXPECT_THAT(world.dues("report"), IsEmpty());
    ASSERT_TRUE(world.scheduler->resume_job("report"));
    world.clock.advance(2min);
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 skipped(paused)",
                                                    "2024-03-01 12:02:00 skipped(paused) x2",
                                                    "2024-03-01 12:06:00 succeeded"));
}

TEST(Pause, LetsTheJobBeRunByHandAndWhatRunsGoOn) {
    World world;
    world.runner->script("report", {.duration = 90s});
    world.start();
    world.add(World::job("report", "0 12 * * *"));
    world.clock.advance(1min);
    ASSERT_TRUE(world.scheduler->pause_job("report"));
    world.clock.advance(5min);
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    EXPECT_TRUE(world.scheduler->trigger("report"));
    world.settle();
    EXPECT_THAT(world.runner->runs(), SizeIs(2));
}

TEST(Pause, OfAnUnknownJobIsAnErrorAndResumingOneThatRunsIsNothing) {
    World world;
    world.start();
    world.add(World::job("report", "0 12 * * *"));
    EXPECT_EQ(world.scheduler->pause_job("nobody").error().code, ErrorCode::not_found);
    EXPECT_EQ(world.scheduler->resume_job("nobody").error().code, ErrorCode::not_found);
    EXPECT_TRUE(world.scheduler->resume_job("report"));
    EXPECT_THAT(world.storage->job_history(), SizeIs(1));
}

TEST(Pause, DeletingAPausedJobRecordsWhatItSkipped) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    ASSERT_TRUE(world.scheduler->pause_job("report"));
    world.clock.advance(3min);
    ASSERT_TRUE(world.scheduler->delete_job("report"));
    world.clock.advance(3min);
    EXPECT_THAT(world.ledger("report"), ElementsAre("2024-03-01 12:00:00 skipped(paused) x3"));
}

Job once(const std::string& instant) {
    Job job = World::job("once", "* * * * *");
    job.set_schedule(Schedule::once(at(instant)));
    return job;
}

TEST(OneShot, IsRetiredAsFinishedOnceItsDueTimeHasAnEntry) {
    World world;
    world.start();
    world.add(once("2024-03-01 12:00:00"));
    world.clock.advance(10s);
    EXPECT_EQ((*world.scheduler->find_job("once"))->state(), JobState::active);
    world.clock.advance(1min);
    EXPECT_THAT(world.ledger("once"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    EXPECT_EQ((*world.scheduler->find_job("once"))->state(), JobState::finished);
    EXPECT_EQ(world.scheduler->job_status("once")->problem, "");

    world.crash_process(1h);
    world.clock.advance(1h);
    EXPECT_THAT(world.dues("once"), IsEmpty());
    EXPECT_EQ((*world.scheduler->find_job("once"))->state(), JobState::finished);
}

TEST(OneShot, APastInstantIsRefusedUnlessItMayRunLate) {
    World world;
    world.start();
    const auto refused = world.scheduler->add_job(once("2024-03-01 11:00:00"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(refused.error().message, HasSubstr("'once'"));
    EXPECT_THAT(*world.scheduler->jobs(), IsEmpty());

    Job late = once("2024-03-01 11:00:00");
    late.set_run_if_past(true);
    world.add(late);
    world.clock.advance(1s);
    EXPECT_THAT(world.ledger("once"), ElementsAre("2024-03-01 11:59:30 succeeded"));
    world.clock.advance(1min);
    world.add(late);  // as a program does at each of its starts
    world.clock.advance(1h);
    EXPECT_THAT(world.dues("once"), SizeIs(1));
    EXPECT_EQ((*world.scheduler->find_job("once"))->state(), JobState::finished);
}

TEST(OneShot, StaysFinishedThoughTheClockIsSetBackToBeforeItsInstant) {
    World world;
    world.start();
    world.add(once("2024-03-01 12:00:00"));
    world.clock.advance(2min);
    world.clock.set_wall(at("2024-03-01 11:01:30"));
    world.settle();
    world.crash_process(1min);  // after which nothing but the job's state remembers
    world.add(once("2024-03-01 12:00:00"));
    EXPECT_EQ((*world.scheduler->find_job("once"))->state(), JobState::finished);
    EXPECT_TRUE(world.scheduler->deactivate_job("once"));
    EXPECT_TRUE(world.scheduler->activate_job("once"));
    world.clock.advance(2h);
    EXPECT_THAT(world.ledger("once"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    EXPECT_EQ((*world.scheduler->find_job("once"))->state(), JobState::finished);
}

TEST(OneShot, TheSameOneAddedAgainIsNoNewRun) {
    World world;
    world.start();
    world.add(once("2024-03-01 12:00:00"));
    world.clock.advance(1min);
    world.add(once("2024-03-01 12:00:00"));
    world.clock.advance(1h);
    EXPECT_THAT(world.dues("once"), SizeIs(1));
    world.add(once("2024-03-01 14:00:00"));
    world.clock.advance(2h);
    EXPECT_THAT(world.dues("once"), SizeIs(2));
}

TEST(SeveralSchedules, AreOneSetOfDueTimes) {
    World world;
    world.start();
    Job job = World::job("report", "*/30 * * * *");
    job.add_schedule(*parse_schedule("0 * * * *")).add_schedule(*parse_schedule("@every 20m"));
    world.add(std::move(job));
    world.clock.advance(1h);
    EXPECT_THAT(world.dues("report"),
                ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:19:30", "2024-03-01 12:30:00",
                            "2024-03-01 12:39:30", "2024-03-01 12:59:30"));
}

TEST(SeveralSchedules, MisfireActsOnTheSet) {
    World world;
    world.start();
    Job job = World::job("report", "0 * * * *");
    job.add_schedule(*parse_schedule("30 * * * *"));
    world.add(std::move(job));
    world.crash_process(95min);
    world.settle();
    EXPECT_THAT(world.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced x3", "2024-03-01 13:30:00 succeeded"));
}

TEST(Delete, WithKillEndsWhatRuns) {
    World world;
    world.runner->script_others({.duration = std::nullopt});
    world.start();
    world.add(World::job("long", "0 12 * * *"));
    world.add(World::job("longer", "0 12 * * *"));
    world.clock.advance(1min);
    ASSERT_TRUE(world.scheduler->delete_job("long", {.kill = true}));
    ASSERT_TRUE(world.scheduler->delete_job("longer"));
    world.clock.advance(1s);
    EXPECT_THAT(world.ledger("long"), ElementsAre("2024-03-01 12:00:00 killed"));
    EXPECT_THAT(world.ledger("longer"), ElementsAre("2024-03-01 12:00:00 started"));
}

}  // namespace
}  // namespace quantum::test
