// Rows E, B and X of Quantum's behaviour, on a whole scheduler.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(ExecutionBroadcaster, FiresAJobAtEachOfItsDueTimes) {
    World world;
    world.start();
    world.add(World::job("report", "*/15 * * * *"));

    world.clock.advance(1h);

    EXPECT_THAT(world.dues("report"), ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:15:00",
                                                  "2024-03-01 12:30:00", "2024-03-01 12:45:00"));
    EXPECT_THAT(world.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 succeeded", "2024-03-01 12:15:00 succeeded",
                            "2024-03-01 12:30:00 succeeded", "2024-03-01 12:45:00 succeeded"));
    EXPECT_EQ(world.storage->watermark(), at("2024-03-01 12:45:00"));
}

TEST(ExecutionBroadcaster, StartsARunAtItsDueTimeAndNotAtATick) {
    World world;
    world.start();
    world.clock.advance(123456us);
    world.add(World::job("report", "* * * * *"));

    world.clock.advance(1min);

    ASSERT_EQ(world.runner->runs().size(), 1u);
    EXPECT_EQ(world.runner->runs()[0].execution.lateness(), 0us);
}

TEST(ExecutionBroadcaster, CountsTheInstantOfAcceptance) {
    World world({.start = "2024-03-01 12:00:00"});
    world.start();
    world.add(World::job("report", "0 12 * * *"));
    EXPECT_THAT(world.dues("report"), ElementsAre("2024-03-01 12:00:00"));
}

TEST(ExecutionBroadcaster, EvaluatesInTheZoneOfTheJob) {
    World world({.start = "2024-07-01 00:00:00"});
    world.start();
    world.add(World::job("zurich", "0 9 * * *", "Europe/Zurich"));
    world.add(World::job("new york", "0 9 * * *", "America/New_York"));
    world.clock.advance(24h);
    EXPECT_THAT(world.dues("zurich"), ElementsAre("2024-07-01 07:00:00"));
    EXPECT_THAT(world.dues("new york"), ElementsAre("2024-07-01 13:00:00"));
}

TEST(ExecutionBroadcaster, FiresAllJobsOfOneInstantInOneCommit) {
    World world;
    world.start();
    for (int i = 0; i < 100; ++i) world.add(World::job("job " + std::to_string(i), "0 12 * * *"));
    std::size_t batches = 0;
    world.gate.fail_with([&](const Batch& batch) {
        if (!batch.claims.empty()) ++batches;
        return StorageGate::Fault::none;
    });
    world.clock.advance(1min);
    EXPECT_THAT(world.runner->runs(), SizeIs(100));
    EXPECT_EQ(batches, 1u);
}

TEST(ExecutionBroadcaster, RemovesAJobFromTheTimeline) {
    World world;
    world.start();
    world.add(World::job("gone", "* * * * *"));
    world.add(World::job("stays", "* * * * *"));
    world.clock.advance(1min);

    ASSERT_TRUE(world.scheduler->delete_job("gone"));
    ASSERT_TRUE(world.scheduler->delete_job("nobody"));
    world.clock.advance(2min);

    EXPECT_THAT(world.dues("gone"), SizeIs(1));
    EXPECT_THAT(world.dues("stays"), SizeIs(3));
}

TEST(ExecutionBroadcaster, RunsARebootJobOnceWhenItIsAddedAndWhenItIsActivated) {
    World world;
    world.start();
    world.add(World::job("boot", "@reboot"));
    world.clock.advance(24h);
    EXPECT_THAT(world.dues("boot"), ElementsAre("2024-03-01 11:59:30"));

    ASSERT_TRUE(world.scheduler->deactivate_job("boot"));
    world.clock.advance(1h);
    ASSERT_TRUE(world.scheduler->activate_job("boot"));
    world.clock.advance(1h);
    EXPECT_THAT(world.dues("boot"), ElementsAre("2024-03-01 11:59:30", "2024-03-02 12:59:30"));
}

TEST(ExecutionBroadcaster, CatchesUpMissedInstantsOldestFirst) {
    World world;
    world.start();
    for (const char* name : {"one", "two"}) {
        Job job = World::job(name, "* * * * *");
        job.set_misfire(Misfire::all).set_overlap(Overlap::allow);
        ASSERT_TRUE(job.set_grace(24h));
        ASSERT_TRUE(job.set_misfire_cap(1000));
        world.add(std::move(job));
    }
    world.clock.advance(1min);
    world.crash_process(1h);

    std::vector<WallTime> dues;
    for (const auto& run : world.runner->runs()) dues.push_back(run.execution.due);
    EXPECT_THAT(dues, SizeIs(120));
    EXPECT_TRUE(std::is_sorted(dues.begin(), dues.end()));
}

TEST(ExecutionBroadcaster, SaysWhenAScheduleHasNoFutureAndTouchesNoOtherJob) {
    std::vector<std::string> lines;
    WorldOptions options;
    options.config.log = [&](LogLevel level, std::string_view text, auto fields) {
        if (level != LogLevel::warning) return;
        std::string line(text);
        for (const LogField& field : fields) line += " " + std::string(field.value);
        lines.push_back(line);
    };
    World world(std::move(options));
    world.start();
    world.add(World::job("over", "0 0 1 1 * 2020", "UTC", Dialect::quantum));
    world.add(World::job("other", "* * * * *"));
    world.clock.advance(1min);

    EXPECT_THAT(world.dues("other"), SizeIs(1));
    EXPECT_EQ(world.scheduler->job_status("over")->problem, "the schedule has no further due time");
    EXPECT_EQ(world.scheduler->job_status("other")->problem, "");
    EXPECT_THAT(lines, ElementsAre(HasSubstr("over 0 0 1 1 * 2020")));
}

TEST(ExecutionBroadcaster, ArmsOneTimerForTheHeadAndLeavesItAlone) {
    World world;
    world.start();
    world.add(World::job("late", "0 15 * * *"));
    const std::size_t with_one = world.clock.pending_timers();
    for (int i = 0; i < 50; ++i) {
        world.add(World::job("job " + std::to_string(i), std::to_string(i) + " 13 * * *"));
    }
    EXPECT_EQ(world.clock.pending_timers(), with_one);
    ASSERT_TRUE(world.scheduler->delete_all_jobs());
    world.settle();
    EXPECT_EQ(world.clock.pending_timers(), with_one - 1);
}

TEST(ExecutionBroadcaster, KeepsAnIntervalGoingFromItsFirstAcceptance) {
    World world({.start = "2024-03-01 12:00:07"});
    world.start();
    world.add(World::job("poll", "@every 10m"));
    world.clock.advance(15min);
    world.add(World::job("poll", "@every 10m"));
    world.clock.advance(10min);
    EXPECT_THAT(world.dues("poll"), ElementsAre("2024-03-01 12:10:07", "2024-03-01 12:20:07"));
}

TEST(JobBroadcaster, StartsWithTheJobsOfTheStorageOrElseThoseOfTheConfiguration) {
    WorldOptions options;
    options.config.jobs = {World::job("configured", "* * * * *")};
    World world(std::move(options));
    world.start();
    EXPECT_THAT(*world.scheduler->jobs(), SizeIs(1));

    world.add(World::job("added", "* * * * *"));
    ASSERT_TRUE(world.scheduler->delete_job("configured"));
    world.crash_process();

    ASSERT_THAT(*world.scheduler->jobs(), SizeIs(1));
    EXPECT_EQ((*world.scheduler->jobs())[0]->name(), "added");
}

TEST(JobBroadcaster, AnEmptiedStorageDoesNotBringTheConfigurationBack) {
    WorldOptions options;
    options.config.jobs = {World::job("configured", "* * * * *")};
    World world(std::move(options));
    world.start();
    ASSERT_TRUE(world.scheduler->delete_all_jobs());
    world.crash_process();
    EXPECT_THAT(*world.scheduler->jobs(), IsEmpty());
}

TEST(JobBroadcaster, AJobThatIsAddedAgainAsItIsMakesNoRevision) {
    World world;
    world.start();
    std::vector<std::string> updates;
    static_cast<void>(world.scheduler->attach(
        [&](const TelemetryEvent& event) { updates.push_back(event.job->name()); },
        kind_bit(TelemetryKind::job_update)));
    const auto spec = [](std::string_view schedule) {
        return JobSpec{.name = "report",
                       .schedule = std::string(schedule),
                       .task = HandlerCall{"report", "{}"}};
    };
    ASSERT_TRUE(world.scheduler->add_job(spec("@every 10m")));
    world.clock.advance(7min);
    ASSERT_TRUE(world.scheduler->add_job(spec("@every 10m")));
    EXPECT_THAT(updates, IsEmpty());
    world.clock.advance(3min);
    EXPECT_THAT(world.dues("report"), ElementsAre("2024-03-01 12:09:30"));
    ASSERT_TRUE(world.scheduler->add_job(spec("@every 20m")));
    EXPECT_THAT(updates, ElementsAre("report"));
}

TEST(JobBroadcaster, SkipsADuplicateOrATasklessJobOfTheConfigurationWhereItIsToldTo) {
    WorldOptions options;
    options.config.skip_invalid_jobs = true;
    Job no_task;
    ASSERT_TRUE(no_task.set_name("no task"));
    options.config.jobs = {World::job("one", "* * * * *"), World::job("one", "0 0 * * *"), no_task,
                           World::job("two", "* * * * *")};
    std::vector<std::string> reasons;
    options.config.log = [&](LogLevel level, std::string_view, auto fields) {
        if (level == LogLevel::warning) reasons.emplace_back(fields[0].value);
    };
    World world(std::move(options));
    world.start();
    world.clock.advance(1min);
    EXPECT_THAT(reasons, ElementsAre("job 'one': another job has this name",
                                     "job 'no task': it has no task"));
    EXPECT_THAT(world.dues("one"), SizeIs(1));
    EXPECT_THAT(world.dues("two"), SizeIs(1));
}

TEST(JobBroadcaster, StoresAnInactiveJobAndDoesNotFireIt) {
    World world;
    world.start();
    Job job = World::job("asleep", "* * * * *");
    job.set_state(JobState::inactive);
    world.add(std::move(job));
    world.clock.advance(10min);
    EXPECT_THAT(world.dues("asleep"), IsEmpty());
    EXPECT_EQ((*world.scheduler->find_job("asleep"))->state(), JobState::inactive);
}

TEST(JobBroadcaster, DeactivatesAndActivatesWithoutCatchingUp) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    world.clock.advance(2min);
    ASSERT_TRUE(world.scheduler->deactivate_job("report"));
    ASSERT_TRUE(world.scheduler->deactivate_job("report"));
    ASSERT_TRUE(world.scheduler->deactivate_job("nobody"));
    world.clock.advance(10min);
    ASSERT_TRUE(world.scheduler->activate_job("report"));
    world.clock.advance(1min);
    EXPECT_THAT(world.dues("report"),
                ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:01:00", "2024-03-01 12:12:00"));
}

TEST(JobBroadcaster, DeletesAllAndForgetsThem) {
    World world;
    world.start();
    for (int i = 0; i < 10; ++i) world.add(World::job("job " + std::to_string(i), "* * * * *"));
    ASSERT_TRUE(world.scheduler->delete_all_jobs());
    world.clock.advance(1h);
    EXPECT_THAT(world.runner->runs(), IsEmpty());
    EXPECT_THAT(*world.scheduler->jobs(), IsEmpty());
}

TEST(JobBroadcaster, RunsAJobOutsideItsScheduleWhateverItsState) {
    World world;
    world.start();
    Job job = World::job("asleep", "0 0 * * *");
    job.set_state(JobState::inactive);
    world.add(std::move(job));

    const auto id = world.scheduler->run_job("asleep");
    world.settle();

    ASSERT_TRUE(id) << id.error().message;
    ASSERT_THAT(world.runner->runs(), SizeIs(1));
    EXPECT_EQ(world.runner->runs()[0].execution.id, *id);
    EXPECT_EQ(world.runner->runs()[0].execution.kind, ExecutionKind::manual);
    EXPECT_EQ(world.scheduler->run_job("nobody").error().code, ErrorCode::not_found);
    EXPECT_EQ((*world.scheduler->find_job("asleep"))->state(), JobState::inactive);
}

TEST(JobBroadcaster, GivesUnnamedJobsNamesOfTheirOwn) {
    World world;
    world.start();
    world.add(World::job("job-2", "* * * * *"));
    const auto add = [&] {
        return *world.scheduler->add_job(
            {.schedule = "* * * * *", .task = HandlerCall{"something", {}}});
    };
    EXPECT_EQ(add(), "job-1");
    EXPECT_EQ(add(), "job-3");
    EXPECT_THAT(*world.scheduler->jobs(), SizeIs(3));
}

TEST(JobBroadcaster, FindsByName) {
    World world;
    world.start();
    world.add(World::job("report", "*/5 * * * *"));
    EXPECT_EQ((*world.scheduler->find_job("report"))->schedule()->text(), "*/5 * * * *");
    EXPECT_EQ(*world.scheduler->find_job("nobody"), nullptr);
}

TEST(Execution, AFailingTaskIsRecordedAndItsNextRunComesAsScheduled) {
    World world;
    world.runner->script("breaks", {.outcome = OutcomeKind::failed, .reason = "no route to host"});
    world.start();
    world.add(World::job("breaks", "* * * * *"));
    world.clock.advance(2min);
    EXPECT_THAT(world.ledger("breaks"),
                ElementsAre("2024-03-01 12:00:00 failed", "2024-03-01 12:01:00 failed"));
    EXPECT_EQ(world.entries("breaks")[0].outcome->reason, "no route to host");
    EXPECT_THAT(world.events, Contains("job.exception breaks no route to host"));
    EXPECT_EQ(world.scheduler->job_status("breaks")->last_outcome, OutcomeKind::failed);
}

TEST(Execution, TelemetryTellsAddStartStopUpdateAndDelete) {
    World world;
    world.start();
    world.add(World::job("report", "* * * * *"));
    world.clock.advance(1min);
    world.add(World::job("report", "*/2 * * * *"));
    ASSERT_TRUE(world.scheduler->delete_job("report"));
    EXPECT_THAT(world.events, ElementsAre("job.add report", "job.start report", "job.stop report",
                                          "job.update report", "job.delete report"));
}

TEST(Execution, ADetachedListenerHearsNothingAndAThrowingOneHarmsNobody) {
    std::vector<std::string> errors;
    WorldOptions options;
    options.config.log = [&](LogLevel level, std::string_view text, auto) {
        if (level == LogLevel::error) errors.emplace_back(text);
    };
    World world(std::move(options));
    int heard = 0;
    const auto listener = world.scheduler->attach([&](const TelemetryEvent&) { ++heard; },
                                                  kind_bit(TelemetryKind::job_start));
    const auto throwing =
        world.scheduler->attach([](const TelemetryEvent&) { throw std::runtime_error("listener"); },
                                kind_bit(TelemetryKind::job_start));
    world.start();
    world.add(World::job("report", "* * * * *"));
    world.clock.advance(1min);
    EXPECT_EQ(heard, 1);
    EXPECT_THAT(errors, ElementsAre("a telemetry listener threw"));

    EXPECT_TRUE(world.scheduler->detach(listener));
    EXPECT_TRUE(world.scheduler->detach(throwing));
    EXPECT_FALSE(world.scheduler->detach(listener));
    world.clock.advance(1min);
    EXPECT_EQ(heard, 1);
    EXPECT_THAT(world.dues("report"), SizeIs(2));
}

TEST(Execution, ADeletedJobsRunGoesOnToItsEnd) {
    World world;
    world.runner->script("long", {.duration = 10min});
    world.start();
    world.add(World::job("long", "0 12 * * *"));
    world.clock.advance(1min);
    ASSERT_TRUE(world.scheduler->delete_job("long"));
    world.clock.advance(10min);
    EXPECT_THAT(world.ledger("long"), ElementsAre("2024-03-01 12:00:00 succeeded"));
}

}  // namespace
}  // namespace quantum::test
