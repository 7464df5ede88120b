// Attempts, backoff, timeouts and jitter (semantics sections 5 and 7).
#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/command.hpp"
#include "quantum/storage/noop_storage.hpp"
#include "quantum/storage/storage.hpp"

#include "scheduler/entries/retry_policy.hpp"
#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using scheduler::AttemptEnd;
using scheduler::backoff_after;
using scheduler::jitter_of;
using scheduler::next_attempt;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct AttemptRow {
    const char* name;
    JobPolicies policies;
    std::uint32_t attempt;
    OutcomeKind kind;
    std::optional<Duration> next_due;  // after the end of the attempt
    std::optional<Duration> retry;     // the same
};

void PrintTo(const AttemptRow& row, std::ostream* out) { *out << row.name; }

class NextAttempt : public testing::TestWithParam<AttemptRow> {};

TEST_P(NextAttempt, IsDecidedFromPoliciesAndTheNextDueTime) {
    const AttemptRow& row = GetParam();
    const WallTime ended = at("2024-03-01 12:00:00");
    AttemptEnd end{{}, row.attempt, row.kind, ended, std::nullopt};
    if (row.next_due) end.next_due = ended + *row.next_due;
    const auto retry = next_attempt(row.policies, end);
    ASSERT_EQ(retry.has_value(), row.retry.has_value());
    if (retry) {
        EXPECT_EQ(*retry - ended, *row.retry);
    }
}

JobPolicies retrying(std::uint32_t retries, Backoff backoff, bool past_next = false) {
    JobPolicies policies;
    policies.retries = retries;
    policies.backoff = backoff;
    policies.retry_past_next = past_next;
    return policies;
}

JobPolicies rerunning() {
    JobPolicies policies = retrying(0, Backoff::fixed(5s));
    policies.on_lost = OnLost::rerun;
    return policies;
}

const Backoff doubling{.first = 10s, .factor = 2, .longest = 1min, .jitter = 0};
constexpr auto failed = OutcomeKind::failed;

INSTANTIATE_TEST_SUITE_P(
    Table, NextAttempt,
    testing::Values(
        AttemptRow{"NoneWithoutRetries", retrying(0, doubling), 1, failed, {}, {}},
        AttemptRow{"FirstBackoff", retrying(3, doubling), 1, failed, {}, 10s},
        AttemptRow{"SecondIsLonger", retrying(3, doubling), 2, failed, {}, 20s},
        AttemptRow{"Capped", retrying(9, doubling), 7, failed, {}, 1min},
        AttemptRow{"CappedFarBeyondWhatFits", retrying(5000, doubling), 4000, failed, {}, 1min},
        AttemptRow{"TheLastAttempt", retrying(3, doubling), 4, failed, {}, {}},
        AttemptRow{"Fixed", retrying(3, Backoff::fixed(7s)), 3, failed, {}, 7s},
        AttemptRow{"NeverAtOnce", retrying(1, Backoff::fixed(0s)), 1, failed, {}, 100ms},
        AttemptRow{"NorAllByJitter", retrying(1, {1ms, 1, 1ms, 1}), 1, failed, {}, 100ms},
        AttemptRow{"AlsoAfterATimeout", retrying(1, doubling), 1, OutcomeKind::timed_out, {}, 10s},
        AttemptRow{"NotWhenItWasToldToEnd", retrying(1, doubling), 1, OutcomeKind::killed, {}, {}},
        AttemptRow{"NotWhenLost", retrying(1, doubling), 1, OutcomeKind::lost, {}, {}},
        AttemptRow{"LostAndToRerun", rerunning(), 9, OutcomeKind::lost, 1s, 5s},
        AttemptRow{"RerunIsNoRetry", rerunning(), 1, failed, {}, {}},
        AttemptRow{"BeforeTheNextDueTime", retrying(1, doubling), 1, failed, 11s, 10s},
        AttemptRow{"EndedByTheNextDueTime", retrying(1, doubling), 1, failed, 10s, {}},
        AttemptRow{"PastIt", retrying(1, doubling, true), 1, failed, 1s, 10s}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Backoff, ItsJitterIsDrawnFromIdAndAttemptAndStaysWithinItsPart) {
    const Backoff backoff{.first = 100s, .factor = 1, .longest = 1h, .jitter = 0.5};
    ExecutionId id;
    std::set<Duration> seen;
    for (std::uint8_t number = 0; number < 100; ++number) {
        id.bytes[15] = number;
        const Duration delay = backoff_after(backoff, 1, id);
        EXPECT_EQ(delay, backoff_after(backoff, 1, id));
        EXPECT_GT(delay, 50s);
        EXPECT_LE(delay, 100s);
        seen.insert(delay);
    }
    EXPECT_GT(seen.size(), 90u);
}

TEST(Jitter, IsAJobsOwnAndWithinItsLimit) {
    std::set<Duration> seen;
    for (int i = 0; i < 100; ++i) {
        const std::string name = "job " + std::to_string(i);
        const Duration delay = jitter_of(name, 10min);
        EXPECT_EQ(delay, jitter_of(name, 10min));
        EXPECT_GE(delay, 0s);
        EXPECT_LE(delay, 10min);
        seen.insert(delay);
    }
    EXPECT_GT(seen.size(), 90u);
    EXPECT_EQ(jitter_of("job", 0s), 0s);
}

Job flaky(const std::string& schedule, std::uint32_t retries, Backoff backoff) {
    Job job = World::job("flaky", schedule);
    if (!job.set_retries(retries, backoff)) std::abort();
    return job;
}

// Fails until its attempt number `good`.
void succeed_at(World& world, std::uint32_t good) {
    world.runner->script_with([good](const Execution& execution) -> std::optional<Script> {
        if (execution.job->name() != "flaky") return std::nullopt;
        Script script;
        if (execution.attempt < good) {
            script.outcome = OutcomeKind::failed;
            script.reason = "no route to host";
        }
        return script;
    });
}

TEST(Retries, AreAttemptsOfOneExecutionAfterTheirBackoff) {
    World world;
    succeed_at(world, 3);
    world.start();
    world.add(flaky("0 12 * * *", 5, doubling));
    world.clock.advance(35s);
    EXPECT_THAT(world.ledger("flaky"), ElementsAre("2024-03-01 12:00:00 claimed"));
    EXPECT_EQ(world.scheduler->job_status("flaky")->retry_at, at("2024-03-01 12:00:10"));
    world.clock.advance(1min);
    EXPECT_THAT(world.starts("flaky"),
                ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:00:10", "2024-03-01 12:00:30"));
    EXPECT_THAT(world.ledger("flaky"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    const Entry entry = world.entries("flaky")[0];
    EXPECT_EQ(entry.attempt, 3u);
    for (const auto& run : world.runner->runs_of("flaky")) {
        EXPECT_EQ(run.execution.id, entry.id);
        EXPECT_EQ(run.execution.due, entry.due);
        EXPECT_EQ(run.execution.lateness(), 0s);
    }
}

TEST(Retries, EndWithTheOutcomeOfTheLastAttempt) {
    World world;
    succeed_at(world, 99);
    world.start();
    world.add(flaky("0 12 * * *", 2, doubling));
    world.clock.advance(10min);
    EXPECT_THAT(world.ledger("flaky"), ElementsAre("2024-03-01 12:00:00 failed"));
    EXPECT_EQ(world.entries("flaky")[0].attempt, 3u);
    EXPECT_EQ(world.entries("flaky")[0].outcome->reason, "no route to host");
    EXPECT_THAT(world.dues("flaky"), SizeIs(3));
}

TEST(Retries, AreEndedByTheNextDueTime) {
    World world;
    succeed_at(world, 99);
    world.start();
    world.add(flaky("* * * * *", 9, Backoff::fixed(25s)));
    world.clock.advance(2min);
    // 12:00:00, :25, :50; the next would come after 12:01:00.
    EXPECT_THAT(world.starts("flaky"),
                ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:00:25", "2024-03-01 12:00:50",
                            "2024-03-01 12:01:00", "2024-03-01 12:01:25"));
    EXPECT_THAT(world.ledger("flaky"),
                ElementsAre("2024-03-01 12:00:00 failed", "2024-03-01 12:01:00 claimed"));
}

TEST(Retries, ADueTimeThatComesEarlierThanItDidEndsTheWait) {
    World world;
    succeed_at(world, 99);
    world.start();
    world.add(flaky("0 12 * * *", 9, Backoff::fixed(10min)));
    world.clock.advance(1min);
    world.add(flaky("*/2 * * * *", 9, Backoff::fixed(10min)));
    world.clock.advance(2min);
    EXPECT_THAT(world.ledger("flaky"),
                ElementsAre("2024-03-01 12:00:00 failed", "2024-03-01 12:02:00 failed"));
    EXPECT_EQ(world.entries("flaky")[0].attempt, 1u);
}

TEST(Retries, PastTheNextDueTimeOneThatWaitsCountsAsRunning) {
    World world;
    succeed_at(world, 2);
    world.start();
    Job job = flaky("* * * * *", 9, Backoff::fixed(90s));
    job.set_retry_past_next(true);
    world.add(std::move(job));
    world.clock.advance(2min + 45s);
    EXPECT_THAT(world.ledger("flaky"),
                ElementsAre("2024-03-01 12:00:00 succeeded", "2024-03-01 12:01:00 skipped(overlap)",
                            "2024-03-01 12:02:00 claimed"));
}

TEST(Retries, TheNextAttemptIsDurable) {
    World world;
    succeed_at(world, 2);
    world.start();
    world.add(flaky("0 12 * * *", 1, Backoff::fixed(10min)));
    world.clock.advance(1min);
    const ExecutionId id = world.entries("flaky")[0].id;
    world.crash_process(1min);
    EXPECT_THAT(world.dues("flaky"), IsEmpty());
    world.clock.advance(10min);
    EXPECT_THAT(world.starts("flaky"), ElementsAre("2024-03-01 12:10:00"));
    EXPECT_EQ(world.runner->runs()[0].execution.id, id);
    EXPECT_EQ(world.runner->runs()[0].execution.attempt, 2u);
    EXPECT_THAT(world.ledger("flaky"), ElementsAre("2024-03-01 12:00:00 succeeded"));
}

TEST(Retries, ARestartAfterTheNextDueTimeDoesNotResumeThem) {
    World world;
    succeed_at(world, 2);
    world.start();
    world.add(flaky("0 * * * *", 1, Backoff::fixed(10min)));
    world.clock.advance(1min);
    world.crash_process(75min);
    world.settle();
    EXPECT_THAT(world.ledger("flaky"),
                ElementsAre("2024-03-01 12:00:00 failed", "2024-03-01 13:00:00 claimed"));
}

TEST(Retries, AStepOfTheClockNeitherHurriesNorDelaysThem) {
    World world;
    succeed_at(world, 2);
    world.start();
    world.add(flaky("0 12 * * *", 1, Backoff::fixed(10min)));
    world.clock.advance(1min);
    world.clock.set_wall(world.clock.wall_now() - 1h);
    world.clock.advance(9min + 29s);
    EXPECT_THAT(world.dues("flaky"), SizeIs(1));
    world.clock.advance(2s);
    EXPECT_THAT(world.dues("flaky"), SizeIs(2));
}

TEST(Retries, OfADeletedOrPausedJobAreNotMade) {
    for (const bool deletes : {true, false}) {
        World world;
        succeed_at(world, 99);
        world.start();
        world.add(flaky("0 12 * * *", 3, Backoff::fixed(1min)));
        world.clock.advance(45s);
        if (deletes) {
            ASSERT_TRUE(world.scheduler->delete_job("flaky"));
        } else {
            ASSERT_TRUE(world.scheduler->pause_job("flaky"));
        }
        world.clock.advance(10min);
        EXPECT_THAT(world.dues("flaky"), SizeIs(1));
        EXPECT_THAT(world.ledger("flaky"), ElementsAre("2024-03-01 12:00:00 failed"));
    }
}

TEST(Retries, OfARunByHandEndWithItsJob) {
    World world;
    world.runner->script("flaky", {.duration = 1min, .outcome = OutcomeKind::failed});
    world.start();
    world.add(flaky("0 0 1 1 *", 3, Backoff::fixed(1min)));
    ASSERT_TRUE(world.scheduler->trigger("flaky"));
    world.clock.advance(10s);
    ASSERT_TRUE(world.scheduler->delete_job("flaky"));
    world.clock.advance(10min);
    EXPECT_THAT(world.runner->runs_of("flaky"), SizeIs(1));
    ASSERT_THAT(world.entries("flaky"), SizeIs(1));
    EXPECT_EQ(world.entries("flaky")[0].state, EntryState::failed);
}

TEST(Retries, GoOnWithoutALedger) {
    SimulatedClock clock(at("2024-03-01 11:59:30"));
    SimulatedRuntime runtime(1);
    NoopStorage storage;
    ScriptedRunner runner(clock);
    runner.script("flaky", {.outcome = OutcomeKind::failed});
    Scheduler scheduler({clock, runtime, storage, runner}, {.seed = 1});
    clock.settle_with([&] { runtime.run_until_idle(); });
    ASSERT_TRUE(scheduler.start());
    ASSERT_TRUE(scheduler.add_job(flaky("0 12 * * *", 2, doubling)));
    clock.advance(10min);
    EXPECT_THAT(runner.runs(), SizeIs(3));
}

TEST(Lost, IsRecordedUnlessTheJobIsToBeRerun) {
    for (const bool reruns : {false, true}) {
        World world;
        world.runner->script("flaky", {.duration = 10min});
        world.start();
        Job job = flaky("0 12 * * *", 0, Backoff::fixed(30s));
        if (reruns) job.set_on_lost(OnLost::rerun);
        world.add(std::move(job));
        world.clock.advance(1min);
        world.crash_process(5min);
        world.clock.advance(20min);
        if (reruns) {
            EXPECT_THAT(world.ledger("flaky"), ElementsAre("2024-03-01 12:00:00 succeeded"));
            EXPECT_EQ(world.entries("flaky")[0].attempt, 2u);
        } else {
            EXPECT_THAT(world.ledger("flaky"), ElementsAre("2024-03-01 12:00:00 lost"));
            EXPECT_THAT(world.dues("flaky"), IsEmpty());
        }
    }
}

// The restart decides what became due meanwhile in the round in which it finds the run lost.
TEST(Lost, IsNotRerunWhereTheNextDueTimeReplacesIt) {
    World world;
    world.runner->script("flaky", {.duration = 10min});
    world.start();
    Job job = flaky("0/5 12 * * *", 0, Backoff::fixed(30s));
    job.set_on_lost(OnLost::rerun);
    job.set_overlap(Overlap::replace);
    world.add(std::move(job));
    world.clock.advance(1min);
    world.crash_process(6min);
    EXPECT_EQ(world.scheduler->state(), SchedulerState::running);
    EXPECT_THAT(world.ledger("flaky"),
                ElementsAre("2024-03-01 12:00:00 lost", "2024-03-01 12:05:00 started"));
    EXPECT_THAT(world.dues("flaky"), ElementsAre("2024-03-01 12:05:00"));
}

TEST(Jitter, DelaysTheStartAndNotTheDueTime) {
    World world;
    world.start();
    Job job = World::job("spread", "0 12 * * *");
    ASSERT_TRUE(job.set_jitter(10min));
    world.add(std::move(job));
    world.clock.advance(30s);
    EXPECT_THAT(world.ledger("spread"), ElementsAre("2024-03-01 12:00:00 claimed"));
    world.clock.advance(10min);
    ASSERT_THAT(world.dues("spread"), ElementsAre("2024-03-01 12:00:00"));
    const auto run = world.runner->runs_of("spread")[0];
    EXPECT_EQ(run.started, run.execution.due + jitter_of("spread", 10min));
    EXPECT_EQ(run.execution.lateness(), 0s);
    EXPECT_EQ(world.entries("spread")[0].not_before, run.started);
}

TEST(Jitter, IsKeptOverARestart) {
    World world;
    world.start();
    Job job = World::job("spread", "0 12 * * *");
    ASSERT_TRUE(job.set_jitter(10min));
    world.add(std::move(job));
    world.clock.advance(30s);
    world.crash_process(1s);
    EXPECT_THAT(world.dues("spread"), IsEmpty());
    world.clock.advance(10min);
    const auto runs = world.runner->runs_of("spread");
    ASSERT_THAT(runs, SizeIs(1));
    EXPECT_EQ(runs[0].started, runs[0].execution.due + jitter_of("spread", 10min));
}

TEST(Jitter, OverlapIsDecidedAtTheDueTime) {
    World world;
    world.start();
    Job job = World::job("spread", "* * * * *");
    ASSERT_TRUE(job.set_jitter(3h));
    world.add(std::move(job));
    world.clock.advance(2min);
    EXPECT_THAT(world.ledger("spread"),
                ElementsAre("2024-03-01 12:00:00 claimed", "2024-03-01 12:01:00 skipped(overlap)"));
}

Job slow(std::optional<Duration> timeout = 30s) {
    Job job = World::job("slow", "* * * * *");
    if (!job.set_timeout(timeout)) std::abort();
    return job;
}

TEST(Timeout, AFunctionThatEndsWhenAskedHasTimedOutAndTheJobGoesOn) {
    World world;
    world.runner->script("slow", {.duration = 10min});
    world.start();
    world.add(slow());
    world.clock.advance(90s + 1s);
    EXPECT_THAT(world.ledger("slow"),
                ElementsAre("2024-03-01 12:00:00 timed_out", "2024-03-01 12:01:00 started"));
    EXPECT_EQ(world.scheduler->job_status("slow")->stuck, 0u);
    const Entry ended = world.entries("slow")[0];
    EXPECT_EQ(ended.ended_at, at("2024-03-01 12:00:30"));
    EXPECT_EQ(ended.outcome->duration, 30s);
}

TEST(Timeout, CountsFromTheEntryAndNotWhileItWaitsForAThread) {
    World world;
    world.runner->script("slow", {.duration = 20s, .waits = 25s});
    world.start();
    world.add(slow());
    world.clock.advance(30s + 50s);
    ASSERT_THAT(world.ledger("slow"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    const Entry entry = world.entries("slow")[0];
    EXPECT_EQ(entry.claimed_at, at("2024-03-01 12:00:00"));
    EXPECT_EQ(entry.started_at, at("2024-03-01 12:00:25"));
    EXPECT_EQ(entry.lateness(), 25s) << "to the work, not to the decision";

    world.runner->script("slow", {.duration = 10min, .waits = 25s});
    world.clock.advance(65s);
    EXPECT_EQ(world.entries("slow")[1].ended_at, at("2024-03-01 12:01:55"));
}

TEST(Timeout, AFunctionThatDoesNotEndIsStuckKeepsItsPlaceAndBlocksOverlap) {
    World world({.config = {.concurrency = 1}});
    world.runner->script("slow", {.duration = 3min, .ignores_terminate = true});
    world.start();
    world.add(slow());
    world.add(World::job("other", "1 12 * * *"));
    world.clock.advance(2min);
    EXPECT_THAT(world.ledger("slow"), ElementsAre("2024-03-01 12:00:00 timed_out",
                                                  "2024-03-01 12:01:00 skipped(overlap)"));
    EXPECT_THAT(world.ledger("other"), ElementsAre("2024-03-01 12:01:00 claimed"));
    const auto status = *world.scheduler->job_status("slow");
    EXPECT_EQ(status.stuck, 1u);
    EXPECT_EQ(status.problem, "stuck: a run continues after its timeout");
    EXPECT_EQ(status.last_outcome, OutcomeKind::timed_out);
    EXPECT_TRUE(*world.scheduler->task_registry().is_running("slow"));
    EXPECT_THAT(world.events, Contains(testing::StartsWith("job.stuck slow")));

    world.clock.advance(100s);  // it has ended after all
    EXPECT_EQ(world.scheduler->job_status("slow")->problem, "");
    EXPECT_THAT(world.starts("other"), ElementsAre("2024-03-01 12:03:00"));
}

TEST(Timeout, EachRunHasOneEndInTelemetry) {
    World world;
    world.runner->script("slow", {.duration = 3min, .ignores_terminate = true});
    world.start();
    Job job = slow();
    ASSERT_TRUE(job.set_schedule("0 12 * * *"));
    world.add(std::move(job));
    world.clock.advance(10min);
    const auto count = [&](const char* begin) {
        return std::count_if(world.events.begin(), world.events.end(),
                             [&](const std::string& e) { return e.rfind(begin, 0) == 0; });
    };
    EXPECT_EQ(count("job.start"), 1);
    EXPECT_EQ(count("job.exception"), 1);
    EXPECT_EQ(count("job.stop"), 0);
    EXPECT_EQ(count("job.stuck"), 1);
    EXPECT_EQ(count("job.late_end slow succeeded"), 1);
}

TEST(Timeout, AnotherAttemptBeginsWhenTheStuckOneIsOver) {
    World world;
    world.runner->script_with([](const Execution& execution) {
        Script script;
        if (execution.attempt == 1) script = {.duration = 5min, .ignores_terminate = true};
        return std::optional(script);
    });
    world.start();
    Job job = slow();
    ASSERT_TRUE(job.set_schedule("0 12 * * *"));
    ASSERT_TRUE(job.set_retries(1, Backoff::fixed(10s)));
    world.add(std::move(job));
    world.clock.advance(2min);
    EXPECT_THAT(world.ledger("slow"), ElementsAre("2024-03-01 12:00:00 claimed"));
    EXPECT_EQ(world.scheduler->job_status("slow")->stuck, 1u);
    world.clock.advance(5min);
    EXPECT_THAT(world.starts("slow"), ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:05:00"));
    EXPECT_THAT(world.ledger("slow"), ElementsAre("2024-03-01 12:00:00 succeeded"));
}

TEST(Timeout, OfACommandIsItsRunnersBusiness) {
    World world;
    world.start();
    Job job = World::job("command", "0 12 * * *");
    Command command;
    command.argv = {"/bin/true"};
    ASSERT_TRUE(job.set_task(std::move(command)));
    ASSERT_TRUE(job.set_timeout(30s));
    world.add(std::move(job));
    const JobRef accepted = *world.scheduler->find_job("command");
    EXPECT_EQ(command_of(accepted->task())->timeout, 30s);
}

TEST(Timeout, HoldsWhileTheStorageFails) {
    World world;
    world.runner->script("slow", {.duration = std::nullopt});
    world.start();
    world.add(slow());
    world.clock.advance(40s);
    world.gate.fail_with([](const Batch&) { return StorageGate::Fault::failed; });
    world.clock.advance(1min);
    EXPECT_EQ(world.runner->running(), 0u);
    world.gate.heal();
    world.clock.advance(10s);
    EXPECT_THAT(world.ledger("slow"), Contains("2024-03-01 12:00:00 timed_out"));
}

// A failing storage takes nothing back for good.
TEST(Retries, AreDecidedAgainWhereTheStorageRefusedThem) {
    World world;
    succeed_at(world, 3);
    world.start();
    world.add(flaky("0 12 * * *", 5, doubling));
    int refused = 0;
    world.gate.fail_with([&](const Batch& batch) {
        const bool refuses = !batch.finishes.empty() && refused < 3;
        if (refuses) ++refused;
        return refuses ? StorageGate::Fault::failed : StorageGate::Fault::none;
    });
    world.clock.advance(5min);
    EXPECT_EQ(refused, 3);
    EXPECT_THAT(world.ledger("flaky"), ElementsAre("2024-03-01 12:00:00 succeeded"));
    EXPECT_THAT(world.dues("flaky"), SizeIs(3));
}

}  // namespace
}  // namespace quantum::test
