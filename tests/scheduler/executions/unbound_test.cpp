// Jobs whose functions no storage could keep: they wait, and what was due is decided once the
// function is there.
#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Job report(Misfire misfire = Misfire::one, std::optional<Duration> grace = 1h) {
    Job job = World::job("report", "*/10 * * * *");
    EXPECT_TRUE(job.set_task(Function([] {})));
    job.set_misfire(misfire);
    EXPECT_TRUE(job.set_grace(grace));
    return job;
}

/// A second life of the process, at 11:59:30, whose storage has kept no function.
class UnboundTest : public testing::Test {
protected:
    void begin(const Job& job, Duration down = Duration::zero()) {
        world_.start();
        world_.add(job);
        world_.gate.forget_functions([](const Job& stored) { return stored.name() == "report"; });
        world_.crash_process(down);
    }

    void give(Job job) {
        ASSERT_TRUE(world_.scheduler->add_job(std::move(job)));
        world_.settle();
    }

    [[nodiscard]] std::size_t revisions() const { return world_.storage->job_history().size(); }

    World world_;
};

TEST_F(UnboundTest, IsReportedByTheStartAndTelemetry) {
    std::vector<std::string> logged;
    world_.config.log = [&](LogLevel level, std::string_view message,
                            std::span<const LogField> fields) {
        if (level != LogLevel::warning) return;
        logged.emplace_back(message);
        for (const LogField& field : fields) logged.emplace_back(field.value);
    };
    begin(report());
    EXPECT_THAT(world_.report.unbound, ElementsAre("report"));
    EXPECT_THAT(world_.events, Contains("job.unbound report unbound: its function could not be "
                                        "stored; add_job gives it back"));
    EXPECT_THAT(logged, ElementsAre("jobs have no function: their due times wait", "1", "report"));
    const auto problems = world_.scheduler->problems();
    ASSERT_TRUE(problems);
    ASSERT_THAT(*problems, SizeIs(1));
    EXPECT_EQ(problems->front().job, "report");
    EXPECT_EQ(problems->front().kind, ProblemKind::unbound);
    EXPECT_EQ(to_string(problems->front().kind), "unbound");
    EXPECT_EQ(world_.scheduler->job_status("report")->problem, problems->front().text);

    give(report());
    EXPECT_THAT(world_.events, Contains("job.bound report"));
    EXPECT_THAT(*world_.scheduler->problems(), IsEmpty());
    EXPECT_EQ(world_.scheduler->job_status("report")->problem, "");
}

TEST_F(UnboundTest, WhatIsDueIsClaimedAndHoldsUpNobody) {
    world_.start();
    world_.add(World::job("other", "*/10 * * * *"));
    world_.add(report());
    world_.gate.forget_functions([](const Job& stored) { return stored.name() == "report"; });
    world_.crash_process();
    world_.clock.advance(21min);

    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 claimed(unbound)",
                                                     "2024-03-01 12:10:00 claimed(unbound)",
                                                     "2024-03-01 12:20:00 claimed(unbound)"));
    EXPECT_THAT(world_.dues("report"), IsEmpty());
    EXPECT_THAT(world_.starts("other"),
                ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:10:00", "2024-03-01 12:20:00"));
    EXPECT_EQ(world_.storage->watermark(), at("2024-03-01 12:20:00"));
    const auto status = world_.scheduler->job_status("report");
    EXPECT_EQ(status->open, 3u);
    EXPECT_EQ(status->unbound, 3u);
    EXPECT_FALSE(*world_.scheduler->task_registry().is_running("report"));
}

TEST_F(UnboundTest, OneRunsTheLatestAndCoversTheOthers) {
    begin(report());
    world_.clock.advance(25min);
    const auto claims = world_.entries("report");
    ASSERT_THAT(claims, SizeIs(3));
    const auto before = revisions();
    give(report());

    const auto entries = world_.entries("report");
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced", "2024-03-01 12:10:00 coalesced",
                            "2024-03-01 12:20:00 succeeded(unbound)"));
    EXPECT_EQ(entries[0].covered_by, claims[2].id);
    EXPECT_EQ(entries[1].covered_by, claims[2].id);
    EXPECT_EQ(entries[2].id, claims[2].id);
    EXPECT_THAT(world_.starts("report"), ElementsAre("2024-03-01 12:24:30"));
    EXPECT_THAT(world_.events, Contains("job.skip report coalesced"));
    // It is no change of the job.
    EXPECT_EQ(revisions(), before);
    EXPECT_EQ(world_.scheduler->job_status("report")->revision, 1u);
    world_.clock.advance(10min);
    EXPECT_EQ(world_.ledger("report").back(), "2024-03-01 12:30:00 succeeded");
}

TEST_F(UnboundTest, AllRunOneAfterTheOtherUpToTheCap) {
    Job job = report(Misfire::all);
    ASSERT_TRUE(job.set_misfire_cap(2));
    world_.runner->script("report", {.duration = 1min});
    begin(job);
    world_.clock.advance(25min);
    give(job);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 skipped(misfire)",
                                                     "2024-03-01 12:10:00 started(unbound)",
                                                     "2024-03-01 12:20:00 claimed(unbound)"));
    world_.clock.advance(3min);
    EXPECT_THAT(world_.starts("report"), ElementsAre("2024-03-01 12:24:30", "2024-03-01 12:25:30"));
    EXPECT_EQ(world_.ledger("report").back(), "2024-03-01 12:20:00 succeeded(unbound)");
}

TEST_F(UnboundTest, SkipRunsNoneButWhatIsDueJustNow) {
    begin(report(Misfire::skip));
    world_.clock.advance(20min + 33s);
    give(report(Misfire::skip));
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 skipped(misfire)",
                                                     "2024-03-01 12:10:00 skipped(misfire)",
                                                     "2024-03-01 12:20:00 succeeded(unbound)"));
}

TEST_F(UnboundTest, WithOneAMissedDueTimeIsCoveredByWhatIsDueJustNow) {
    begin(report());
    world_.clock.advance(20min + 33s);
    give(report());
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced", "2024-03-01 12:10:00 coalesced",
                            "2024-03-01 12:20:00 succeeded(unbound)"));
}

TEST_F(UnboundTest, PastItsGraceADueTimeIsSkipped) {
    begin(report(Misfire::one, std::nullopt));  // half of ten minutes
    world_.clock.advance(5min + 29s);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 claimed(unbound)"));
    world_.clock.advance(3s);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 skipped(unbound)"));
    EXPECT_THAT(world_.events, Contains("job.skip report unbound"));
    give(report(Misfire::one, std::nullopt));
    EXPECT_THAT(world_.dues("report"), IsEmpty());
    world_.clock.advance(5min);
    EXPECT_THAT(world_.dues("report"), ElementsAre("2024-03-01 12:10:00"));
}

// The clock was set past the grace at the very moment at which the function came.
TEST_F(UnboundTest, GraceIsAskedWhenTheFunctionComes) {
    begin(report(Misfire::all));
    world_.clock.advance(1min);
    world_.gate.fail_with([](const Batch&) { return StorageGate::Fault::failed; });
    world_.clock.advance(90min);
    give(report(Misfire::all));
    world_.gate.heal();
    world_.clock.advance(1min);
    EXPECT_EQ(world_.ledger("report").front(), "2024-03-01 12:00:00 skipped(unbound)");
}

TEST_F(UnboundTest, AJobOfTheConfigurationGivesItsTaskBeforeAnythingIsDecided) {
    Job other = World::job("report", "0 0 1 1 *");
    world_.config.jobs = {other};
    begin(report(), 25min);
    EXPECT_THAT(world_.report.unbound, IsEmpty());
    // By the stored definition, with what it missed.
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced x2", "2024-03-01 12:20:00 succeeded"));
    EXPECT_EQ(world_.scheduler->job_status("report")->revision, 1u);
    EXPECT_THAT(world_.events, Not(Contains(testing::StartsWith("job.unbound"))));
}

TEST_F(UnboundTest, WhatIsAddedBeforeTheStartBurnsNothing) {
    world_.start();
    world_.add(report());
    world_.gate.forget_functions();
    const auto before = revisions();
    world_.crash_process(25min,
                         [](Scheduler& scheduler) { ASSERT_TRUE(scheduler.add_job(report())); });
    EXPECT_THAT(world_.report.unbound, IsEmpty());
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced x2", "2024-03-01 12:20:00 succeeded"));
    EXPECT_EQ(revisions(), before);
}

TEST_F(UnboundTest, ANewDefinitionBeforeTheStartServesWhatTheOldOneMissed) {
    world_.start();
    world_.add(report());
    world_.gate.forget_functions();
    world_.crash_process(25min, [](Scheduler& scheduler) {
        ASSERT_TRUE(scheduler.add_job(World::job("report", "*/7 * * * *")));
    });
    EXPECT_THAT(world_.report.unbound, IsEmpty());
    world_.clock.advance(5min);
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced x2", "2024-03-01 12:20:00 succeeded",
                            "2024-03-01 12:28:00 succeeded"));
    EXPECT_EQ(world_.scheduler->job_status("report")->revision, 2u);
}

TEST_F(UnboundTest, ANewDefinitionServesWhatWaits) {
    begin(report());
    world_.clock.advance(25min);
    Job changed = World::job("report", "0 * * * *");
    changed.set_misfire(Misfire::all).set_overlap(Overlap::allow);
    ASSERT_TRUE(changed.set_grace(20min));
    give(changed);
    // By the definition that claimed it.
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced", "2024-03-01 12:10:00 coalesced",
                            "2024-03-01 12:20:00 succeeded(unbound)"));
    EXPECT_EQ(world_.entries("report").back().revision, 1u);
    EXPECT_EQ(world_.scheduler->job_status("report")->revision, 2u);
}

// It covers others, whatever the definition says that brings the function.
TEST_F(UnboundTest, WhatCoversOthersRunsThoughANewDefinitionWouldSkipIt) {
    begin(report(), 25min);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 coalesced x2",
                                                     "2024-03-01 12:20:00 claimed(unbound)"));
    Job changed = report(Misfire::skip);
    ASSERT_TRUE(changed.set_schedule("0 * * * *"));
    give(changed);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 coalesced x2",
                                                     "2024-03-01 12:20:00 succeeded(unbound)"));
    EXPECT_EQ(world_.scheduler->job_status("report")->revision, 2u);
}

// Claimed before the clock was set back, and due after what was claimed since: it is the older one.
TEST_F(UnboundTest, AfterAStepBackNoTwoRunAtOnce) {
    Job job = report(Misfire::all);
    job.set_overlap(Overlap::queue);
    ASSERT_TRUE(job.set_queue_limit(5));
    world_.runner->script("report", {.duration = 1min});
    begin(job);
    world_.clock.advance(21min);  // 12:20:30
    world_.clock.set_wall(at("2024-03-01 12:08:00"));
    world_.clock.advance(3min);
    EXPECT_THAT(world_.entries("report"), SizeIs(4));
    give(job);
    EXPECT_THAT(world_.dues("report"), SizeIs(1));
    world_.clock.advance(4min);
    EXPECT_THAT(world_.dues("report"), SizeIs(4));
}

// A task that can be stored is a change, and is stored.
TEST_F(UnboundTest, ATaskThatCanBeStoredIsANewDefinition) {
    begin(report());
    world_.clock.advance(15min);
    Job job = report();
    ASSERT_TRUE(job.set_task(HandlerCall{"report", {}}));
    give(job);
    EXPECT_EQ(world_.scheduler->job_status("report")->revision, 2u);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 coalesced",
                                                     "2024-03-01 12:10:00 succeeded(unbound)"));
    give(job);
    EXPECT_EQ(world_.scheduler->job_status("report")->revision, 2u);
}

TEST_F(UnboundTest, WaitingSurvivesAnotherCrash) {
    begin(report());
    world_.clock.advance(11min);
    world_.crash_process();  // still without
    EXPECT_THAT(world_.report.unbound, ElementsAre("report"));
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 claimed(unbound)",
                                                     "2024-03-01 12:10:00 claimed(unbound)"));
    world_.clock.advance(10min);
    world_.config.jobs = {report()};
    world_.crash_process(5min);
    EXPECT_THAT(world_.report.unbound, IsEmpty());
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced", "2024-03-01 12:10:00 coalesced",
                            "2024-03-01 12:20:00 succeeded(unbound)"));
}

TEST_F(UnboundTest, GraceGoesOnOverACrash) {
    begin(report(Misfire::one, 10min));
    world_.clock.advance(1min);
    world_.crash_process(9min);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 claimed(unbound)"));
    world_.clock.advance(31s);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 skipped(unbound)",
                                                     "2024-03-01 12:10:00 claimed(unbound)"));
}

// They had been let run before the crash: they take their turns, and no policy decides again.
TEST_F(UnboundTest, WhatOnlyWaitedItsTurnGoesOn) {
    Job job = report(Misfire::one, 5min);
    job.set_overlap(Overlap::queue);
    ASSERT_TRUE(job.set_queue_limit(5));
    world_.runner->script("report", {.duration = std::nullopt});
    world_.start();
    world_.add(job);
    world_.clock.advance(21min);
    world_.runner->script("report", {.duration = 1s});
    world_.gate.forget_functions();
    world_.crash_process();
    world_.clock.advance(1min);
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 lost", "2024-03-01 12:10:00 claimed",
                            "2024-03-01 12:20:00 claimed"));
    give(job);
    world_.clock.advance(10s);
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 lost", "2024-03-01 12:10:00 succeeded",
                            "2024-03-01 12:20:00 succeeded"));
}

// One waits for its function, the other its turn behind it: neither for ever.
TEST_F(UnboundTest, WhatWaitsForEachOtherAfterACrashGoesOn) {
    Job job = report(Misfire::all);
    job.set_overlap(Overlap::queue);
    ASSERT_TRUE(job.set_queue_limit(5));
    world_.runner->script("report", {.duration = std::nullopt});
    begin(job);
    world_.clock.advance(15min);
    give(job);
    world_.clock.advance(10min);
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 started(unbound)",
                            "2024-03-01 12:10:00 claimed(unbound)", "2024-03-01 12:20:00 claimed"));
    world_.gate.forget_functions({});
    world_.runner->script("report", {.duration = 1s});
    world_.config.jobs = {job};
    world_.crash_process();
    world_.clock.advance(10s);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 lost(unbound)",
                                                     "2024-03-01 12:10:00 succeeded(unbound)",
                                                     "2024-03-01 12:20:00 succeeded"));
}

TEST_F(UnboundTest, ADeletedJobWaitsForNothing) {
    begin(report());
    world_.clock.advance(11min);
    ASSERT_TRUE(world_.scheduler->delete_job("report"));
    world_.settle();
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 skipped(superseded)",
                                                     "2024-03-01 12:10:00 skipped(superseded)"));
    EXPECT_THAT(*world_.scheduler->problems(), IsEmpty());
}

TEST_F(UnboundTest, APauseStaysAndWhatWaitedBeforeItGoesOn) {
    begin(report());
    world_.clock.advance(1min);
    ASSERT_TRUE(world_.scheduler->pause_job("report"));
    world_.clock.advance(20min);
    EXPECT_THAT(*world_.scheduler->problems(), SizeIs(1));
    give(report());
    EXPECT_TRUE((*world_.scheduler->find_job("report"))->pause());
    EXPECT_EQ(world_.scheduler->job_status("report")->revision, 2u);
    ASSERT_TRUE(world_.scheduler->resume_job("report"));
    world_.settle();
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 succeeded(unbound)",
                                                     "2024-03-01 12:10:00 skipped(paused) x2"));
}

TEST_F(UnboundTest, AnInactiveJobIsUnboundOnceItIsActive) {
    world_.start();
    world_.add(report());
    ASSERT_TRUE(world_.scheduler->deactivate_job("report"));
    world_.gate.forget_functions();
    world_.crash_process();
    EXPECT_THAT(world_.report.unbound, IsEmpty());
    ASSERT_TRUE(world_.scheduler->activate_job("report"));
    world_.settle();
    EXPECT_THAT(world_.events, Contains(testing::StartsWith("job.unbound report")));
    world_.clock.advance(1min);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 claimed(unbound)"));
}

TEST_F(UnboundTest, IsNotRunByHand) {
    begin(report());
    const auto run = world_.scheduler->trigger("report", {.key = "once"});
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().code, ErrorCode::unavailable);
    EXPECT_THAT(run.error().message, testing::HasSubstr("unbound"));
    EXPECT_THAT(world_.entries("report"), IsEmpty());
    give(report());
    EXPECT_TRUE(world_.scheduler->trigger("report", {.key = "once"}));
}

TEST_F(UnboundTest, JitterIsNoLateness) {
    Job job = report(Misfire::skip);
    ASSERT_TRUE(job.set_jitter(9min));
    begin(job);
    world_.clock.advance(31s);
    const auto claims = world_.entries("report");
    ASSERT_THAT(claims, SizeIs(1));
    ASSERT_TRUE(claims.front().not_before);
    ASSERT_GT(*claims.front().not_before, claims.front().due + 10s);
    world_.clock.advance(*claims.front().not_before - world_.clock.wall_now() - 1s);
    give(job);
    EXPECT_THAT(world_.dues("report"), IsEmpty());
    world_.clock.advance(1s);
    EXPECT_THAT(world_.starts("report"), ElementsAre(spaced(*claims.front().not_before)));
}

TEST_F(UnboundTest, ARetryWaitsUntilTheNextDueTimeEndsIt) {
    Job job = report();
    ASSERT_TRUE(job.set_retries(3, Backoff::fixed(1min)));
    world_.runner->script("report", {.outcome = OutcomeKind::failed});
    world_.start();
    world_.add(job);
    world_.clock.advance(31s);
    world_.gate.forget_functions();
    world_.crash_process();
    world_.clock.advance(5min);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 claimed"));
    EXPECT_THAT(world_.dues("report"), IsEmpty());
    world_.clock.advance(5min);
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 failed", "2024-03-01 12:10:00 claimed(unbound)"));
}

TEST_F(UnboundTest, ARetryRunsWhenTheFunctionComes) {
    Job job = report();
    ASSERT_TRUE(job.set_retries(3, Backoff::fixed(1min)));
    world_.runner->script("report", {.outcome = OutcomeKind::failed});
    world_.start();
    world_.add(job);
    world_.clock.advance(31s);
    world_.gate.forget_functions();
    world_.crash_process();
    world_.clock.advance(5min);
    world_.runner->script("report", {});
    give(job);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    ASSERT_THAT(world_.runner->runs_of("report"), SizeIs(1));
    EXPECT_EQ(world_.runner->runs_of("report").front().execution.attempt, 2u);
}

TEST_F(UnboundTest, AOneShotIsNotFinishedWithoutARun) {
    Job job = report();
    job.set_schedule(Schedule::once(at("2024-03-01 12:05:00")));
    begin(job, 10min);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:05:00 claimed(unbound)"));
    EXPECT_EQ((*world_.scheduler->find_job("report"))->state(), JobState::finished);
    const auto before = revisions();
    give(job);
    EXPECT_THAT(world_.ledger("report"), ElementsAre("2024-03-01 12:05:00 succeeded(unbound)"));
    EXPECT_EQ(revisions(), before);
    world_.crash_process();
    EXPECT_THAT(world_.report.unbound, IsEmpty());  // it is over
}

TEST_F(UnboundTest, WhatTheStorageRefusesIsDecidedAgain) {
    begin(report());
    world_.clock.advance(25min);
    world_.gate.fail_with([](const Batch&) { return StorageGate::Fault::failed; });
    give(report());
    EXPECT_THAT(world_.dues("report"), IsEmpty());
    world_.gate.heal();
    world_.clock.advance(1min);
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced", "2024-03-01 12:10:00 coalesced",
                            "2024-03-01 12:20:00 succeeded(unbound)"));
    EXPECT_THAT(world_.dues("report"), SizeIs(1));
}

TEST_F(UnboundTest, ALimitHoldsForWhatWaited) {
    world_.config.tag_concurrency["database"] = 1;
    Job job = report(Misfire::all);
    job.set_overlap(Overlap::allow);
    ASSERT_TRUE(job.set_tags({"database"}));
    world_.runner->script("report", {.duration = 1min});
    begin(job);
    world_.clock.advance(15min);
    give(job);
    EXPECT_THAT(world_.dues("report"), ElementsAre("2024-03-01 12:00:00"));
    world_.clock.advance(2min);
    EXPECT_THAT(world_.starts("report"), ElementsAre("2024-03-01 12:14:30", "2024-03-01 12:15:30"));
}

TEST_F(UnboundTest, EachNodeHasItsOwnEntries) {
    world_.config.nodes = {"local", "far"};
    Job job = report();
    job.set_run_strategy(std::make_shared<AllStrategy>());
    begin(job);
    world_.clock.advance(15min);
    Job again = job;
    again.set_run_strategy((*world_.scheduler->find_job("report"))->run_strategy());
    give(again);
    EXPECT_THAT(world_.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 coalesced", "2024-03-01 12:00:00 coalesced",
                            "2024-03-01 12:10:00 succeeded(unbound)",
                            "2024-03-01 12:10:00 succeeded(unbound)"));
}

}  // namespace
}  // namespace quantum::test
