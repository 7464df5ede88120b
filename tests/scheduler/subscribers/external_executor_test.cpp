// Executions that subscribers carry out instead of the scheduler: claimed until somebody asks for
// them, started when they are handed over, ended by `finish`.
#include <algorithm>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/storage/noop_storage.hpp"

#include "scheduler/subscribers/subscribers.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

WorldOptions external(WorldOptions options = {}) {
    options.config.executor = ExecutorKind::external;
    return options;
}

struct ExternalTest : testing::Test, SubscribedWorld {
    ExternalTest() : SubscribedWorld(external()) {}

    /// Jobs "a", "b" … that are due at noon, and may wait for hours.
    void add_jobs(std::size_t count, const std::string& schedule = "0 12 * * *") {
        for (std::size_t at = 0; at < count; ++at) {
            world.add(patient(std::string(1, static_cast<char>('a' + at)), schedule));
        }
    }
    static Job patient(const std::string& name, const std::string& schedule = "0 12 * * *") {
        Job job = World::job(name, schedule);
        EXPECT_TRUE(job.set_grace(10h));
        return job;
    }
    void finish(const Execution& execution, Outcome outcome = {}) {
        const Status finished = world.scheduler->finish(execution.id, std::move(outcome));
        EXPECT_TRUE(finished) << finished.error().message;
        world.settle();
    }
    std::string state_of(const std::string& name) const { return world.ledger(name).back(); }
    std::size_t count(EntryState state) const {
        std::size_t found = 0;
        EntryQuery query;
        query.limit = 1'000'000;
        const auto entries = world.storage->entries(query);
        for (const Entry& entry : *entries) {
            if (entry.state == state) ++found;
        }
        return found;
    }
};

Outcome failed_with(const std::string& reason) {
    Outcome outcome;
    outcome.kind = OutcomeKind::failed;
    outcome.reason = reason;
    return outcome;
}

TEST_F(ExternalTest, NothingStartsThatNobodyAsksFor) {
    world.start();
    add_jobs(2);
    world.clock.advance(2min);
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 claimed");
    EXPECT_EQ(state_of("b"), "2024-03-01 12:00:00 claimed");
    const auto worker = work({}, DemandMode::manual);
    EXPECT_EQ(count(EntryState::claimed), 2u);
    worker.ask(1);
    world.settle();
    EXPECT_THAT(worker.lines(), ElementsAre("a 12:00:00"));
    EXPECT_EQ(count(EntryState::started), 1u);
    EXPECT_EQ(count(EntryState::claimed), 1u);
    EXPECT_THAT(world.runner->runs(), IsEmpty());
}

TEST_F(ExternalTest, ADemandOfTwoIsTwoAtATime) {
    world.start();
    add_jobs(5);
    const auto worker = work({.max_demand = 2});
    world.clock.advance(1min);
    EXPECT_THAT(worker.lines(), ElementsAre("a 12:00:00", "b 12:00:00"));
    EXPECT_EQ(count(EntryState::started), 2u);
    EXPECT_EQ(count(EntryState::claimed), 3u);
    for (std::size_t at = 0; at < 5; ++at) {
        finish(worker.journal->events[at]);
        EXPECT_THAT(worker.journal->events, SizeIs(std::min<std::size_t>(5, at + 3)));
        EXPECT_LE(count(EntryState::started), 2u);
    }
    EXPECT_EQ(count(EntryState::succeeded), 5u);
}

TEST_F(ExternalTest, WhatIsAskedForStartsWhenItIsDue) {
    world.start();
    const auto worker = work({.max_demand = 1});
    add_jobs(1, "* * * * *");
    world.clock.advance(30s);
    ASSERT_THAT(worker.lines(), ElementsAre("a 12:00:00"));
    const Execution& execution = worker.journal->events[0];
    EXPECT_EQ(execution.lateness(), 0s);
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 started");
    world.clock.advance(20s);
    Outcome outcome;
    outcome.result = "42 rows";
    finish(execution, outcome);
    const Entry entry = world.entries("a").back();
    EXPECT_EQ(entry.state, EntryState::succeeded);
    EXPECT_EQ(entry.outcome->result, "42 rows");
    EXPECT_EQ(entry.outcome->duration, 20s);
    EXPECT_EQ(entry.started_at, at("2024-03-01 12:00:00"));
    EXPECT_THAT(world.events, Contains("job.start a"));
    EXPECT_THAT(world.events, Contains("job.stop a"));
}

TEST_F(ExternalTest, OnlyWhatIsHeldCanBeFinished) {
    EXPECT_EQ(world.scheduler->finish({}).error().code, ErrorCode::unavailable);
    world.start();
    add_jobs(2);
    const auto worker = work({.max_demand = 1});
    world.clock.advance(1min);
    const Execution held = worker.journal->events[0];
    EXPECT_EQ(world.scheduler->finish({}).error().code, ErrorCode::not_found);
    const ExecutionId waiting = world.entries("b").back().id;
    EXPECT_EQ(world.scheduler->finish(waiting).error().code, ErrorCode::not_found);
    finish(held);
    EXPECT_EQ(world.scheduler->finish(held.id).error().code, ErrorCode::not_found);
    EXPECT_EQ(std::count(world.events.begin(), world.events.end(), "job.stop a"), 1);
}

TEST(BuiltInExecutorTest, CannotBeSubscribedToForItsExecutions) {
    World world;
    world.start();
    EXPECT_EQ(world.scheduler->executions().error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(world.scheduler->finish({}).error().code, ErrorCode::invalid_argument);
}

TEST_F(ExternalTest, ExecutionsAreNotSelected) {
    world.start();
    const auto worker = work({.selector = [](const Execution&) { return true; }});
    EXPECT_THAT(worker.journal->ends, ElementsAre(HasSubstr("cannot be selected")));
}

TEST_F(ExternalTest, AFailureIsTriedAgainByWhoeverAsks) {
    world.start();
    Job job = patient("a");
    ASSERT_TRUE(job.set_retries(1));
    world.add(std::move(job));
    const auto worker = work({.max_demand = 1});
    world.clock.advance(30s);
    finish(worker.journal->events[0], failed_with("no paper"));
    world.clock.advance(1min);
    ASSERT_THAT(worker.lines(), ElementsAre("a 12:00:00", "a 12:00:00 attempt 2"));
    EXPECT_EQ(worker.journal->events[0].id, worker.journal->events[1].id);
    finish(worker.journal->events[1]);
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 succeeded");
}

struct GoneRow {
    const char* name;
    void (*go)(const Subscribed<Execution>& worker);
    const char* reason;
};
struct GoneTest : ExternalTest, testing::WithParamInterface<GoneRow> {};

TEST_P(GoneTest, WhatItHeldIsLostAndWhatItDidNotAskForWaitsForTheNext) {
    world.start();
    add_jobs(4);
    const auto first = work({.max_demand = 2});
    world.clock.advance(1min);
    ASSERT_THAT(first.lines(), ElementsAre("a 12:00:00", "b 12:00:00"));
    finish(first.journal->events[0], failed_with("a's own"));
    ASSERT_THAT(first.lines(), ElementsAre("a 12:00:00", "b 12:00:00", "c 12:00:00"));
    GetParam().go(first);
    world.clock.advance(1min);
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 failed");
    for (const char* held : {"b", "c"}) {
        const Entry entry = world.entries(held).back();
        EXPECT_EQ(entry.state, EntryState::lost);
        EXPECT_EQ(entry.outcome->reason, GetParam().reason);
        EXPECT_EQ(world.scheduler->finish(entry.id).error().code, ErrorCode::not_found);
    }
    EXPECT_EQ(state_of("d"), "2024-03-01 12:00:00 claimed");
    const auto next = work({.max_demand = 1});
    EXPECT_THAT(next.lines(), ElementsAre("d 12:00:00"));
    finish(next.journal->events[0]);
    EXPECT_EQ(state_of("d"), "2024-03-01 12:00:00 succeeded");
}

INSTANTIATE_TEST_SUITE_P(
    Rows, GoneTest,
    testing::Values(GoneRow{"Crashed", [](const Subscribed<Execution>& worker) { worker.crash(); },
                            "its subscriber ended: error: out of paper"},
                    GoneRow{"Stopped",
                            [](const Subscribed<Execution>& worker) { worker.stage.ask_to_stop(); },
                            "its subscriber ended: normal"},
                    GoneRow{"Cancelled",
                            [](const Subscribed<Execution>& worker) {
                                worker.stage.cancel(worker.journal->subscriptions[0].id);
                            },
                            "its subscriber cancelled: normal"}),
    [](const auto& row) { return row.param.name; });

TEST_F(ExternalTest, WhatIsLostRunsAgainIfItsJobSaysSo) {
    world.start();
    Job job = patient("a");
    job.set_on_lost(OnLost::rerun);
    world.add(std::move(job));
    const auto first = work({.max_demand = 1});
    world.clock.advance(30s);
    first.crash();
    const auto next = work({.max_demand = 1});
    world.clock.advance(1min);
    EXPECT_THAT(next.lines(), ElementsAre("a 12:00:00 attempt 2"));
}

// It was started for one who has gone meanwhile: nobody has begun it, so nobody lost it.
TEST_F(ExternalTest, WhatNobodyWasGivenIsGivenToTheNext) {
    world.start();
    add_jobs(2);
    const auto first = work({.max_demand = 1});
    world.runtime.hold([](const Runnable& stage) { return is_stage(stage, "storage_writer"); });
    world.clock.advance(30s);
    first.crash();
    world.settle();
    world.runtime.hold({});
    world.clock.advance(30s);
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 started");
    EXPECT_EQ(state_of("b"), "2024-03-01 12:00:00 claimed");
    const auto next = work({.max_demand = 1});
    EXPECT_THAT(next.lines(), ElementsAre("a 12:00:00"));
    EXPECT_EQ(state_of("b"), "2024-03-01 12:00:00 claimed");
    finish(next.journal->events[0]);
    EXPECT_THAT(next.lines(), ElementsAre("a 12:00:00", "b 12:00:00"));
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 succeeded");
}

TEST_F(ExternalTest, SeveralShareTheWork) {
    world.start();
    add_jobs(7);
    const auto small = work({.max_demand = 2});
    const auto large = work({.max_demand = 4});
    world.clock.advance(1min);
    EXPECT_THAT(small.journal->events, SizeIs(2));
    EXPECT_THAT(large.journal->events, SizeIs(4));
    EXPECT_EQ(count(EntryState::claimed), 1u);
    finish(small.journal->events[0]);
    EXPECT_THAT(small.journal->events, SizeIs(3));
}

TEST_F(ExternalTest, ConcurrencyIsAFurtherLimit) {
    SubscribedWorld narrow(external({.config = {.concurrency = 1}}));
    narrow.world.start();
    narrow.world.add(patient("a"));
    narrow.world.add(patient("b"));
    const auto worker = narrow.work({.max_demand = 5});
    narrow.world.clock.advance(1min);
    EXPECT_THAT(worker.lines(), ElementsAre("a 12:00:00"));
}

TEST_F(ExternalTest, WhatNobodyAsksForWithinItsGraceIsSkipped) {
    world.start();
    world.add(World::job("a", "0 12 1 * *"));  // a grace of 12 h
    world.clock.advance(13h);
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 skipped(concurrency)");
    const auto worker = work();
    world.settle();
    EXPECT_THAT(worker.lines(), IsEmpty());
}

TEST_F(ExternalTest, ARestartLosesWhatWasHeldAndKeepsWhatWasNot) {
    world.start();
    add_jobs(3);
    const auto worker = work({.max_demand = 2});
    world.clock.advance(1min);
    ASSERT_THAT(worker.journal->events, SizeIs(2));
    world.crash_process(1min);
    world.settle();
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 lost");
    EXPECT_EQ(state_of("b"), "2024-03-01 12:00:00 lost");
    EXPECT_EQ(state_of("c"), "2024-03-01 12:00:00 claimed");
    EXPECT_EQ(world.scheduler->finish(worker.journal->events[0].id).error().code,
              ErrorCode::not_found);
    const auto next = work({.max_demand = 2});
    EXPECT_THAT(next.lines(), ElementsAre("c 12:00:00"));
    EXPECT_EQ(next.journal->events[0].id, world.entries("c").back().id);
}

struct StopTest : ExternalTest {
    Subscribed<Execution> worker;
    Subscribed<SchedulerEvent> heard;
    std::optional<StopReport> report;

    /// One run is held.
    void begin() {
        world.start();
        add_jobs(2);
        worker = work({.max_demand = 1});
        heard = listen();
        world.clock.advance(1min);
        static_cast<void>(heard.take_lines());
    }
    void drain() {
        world.scheduler->drain(10s, [this](Result<StopReport> drained) { report = *drained; });
        world.settle();
    }
};

TEST_F(StopTest, WaitsForWhatIsHeldAndHandsOutNothing) {
    begin();
    drain();
    world.clock.advance(5s);
    EXPECT_FALSE(report);
    finish(worker.journal->events[0]);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->ended_by_force, 0u);
    EXPECT_THAT(worker.journal->events, SizeIs(1));
    ASSERT_TRUE(world.scheduler->stop(0s));
    world.settle();
    EXPECT_THAT(worker.journal->ends, ElementsAre(HasSubstr("shutdown")));
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 succeeded");
    EXPECT_EQ(state_of("b"), "2024-03-01 12:00:00 claimed");
}

TEST_F(StopTest, LosesWhatIsNotFinished) {
    begin();
    drain();
    world.clock.advance(11s);
    EXPECT_THAT(heard.take_lines(), ElementsAre("stop a 12:00:00"));
    EXPECT_EQ(heard.journal->subscriptions.size(), 1u);
    world.clock.advance(8s);
    ASSERT_THAT(heard.journal->events, SizeIs(1));
    EXPECT_EQ(heard.journal->events[0].signal, StopSignal::kill);
    world.clock.advance(3s);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->ended_by_force, 1u);
    EXPECT_EQ(report->lost, 1u);
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 lost");
    ASSERT_TRUE(world.scheduler->stop(0s));
    EXPECT_EQ(world.scheduler->finish(worker.journal->events[0].id).error().code,
              ErrorCode::unavailable);
    // Told once, and not as a late end when the pipeline goes.
    EXPECT_THAT(world.events,
                Contains("job.exception a it was still running when the scheduler stopped"));
    EXPECT_EQ(std::count_if(world.events.begin(), world.events.end(),
                            [](const std::string& event) {
                                return event.starts_with("job.exception") ||
                                       event.starts_with("job.late");
                            }),
              1);
}

TEST_F(StopTest, EndsAtOnceWhatNobodyWasGiven) {
    world.start();
    add_jobs(1);
    worker = work({.max_demand = 1});
    world.runtime.hold([](const Runnable& stage) { return is_stage(stage, "storage_writer"); });
    world.clock.advance(30s);
    worker.crash();
    world.settle();
    world.runtime.hold({});
    world.settle();
    ASSERT_EQ(state_of("a"), "2024-03-01 12:00:00 started");
    ASSERT_TRUE(world.scheduler->delete_job("a", {.kill = true}));
    world.settle();
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 killed");
}

TEST_F(ExternalTest, WhoeverHoldsARunIsToldToEndIt) {
    world.start();
    Job job = patient("a", "* * * * *");
    job.set_overlap(Overlap::replace);
    world.add(std::move(job));
    const auto worker = work({.max_demand = 2});
    const auto heard = listen();
    world.clock.advance(91s);
    EXPECT_THAT(heard.take_lines(), ElementsAre("add a", "execute a 12:00:00", "stop a 12:00:00"));
    finish(worker.journal->events[0], failed_with("told to end"));
    EXPECT_THAT(worker.lines(), ElementsAre("a 12:00:00", "a 12:01:00"));
}

TEST_F(ExternalTest, TheTimeoutOfAFunctionCountsFromTheHandOver) {
    world.start();
    Job job = patient("a");
    ASSERT_TRUE(job.set_timeout(10s));
    ASSERT_TRUE(job.set_task([] {}));
    world.add(std::move(job));
    const auto heard = listen();
    const auto worker = work({.max_demand = 1}, DemandMode::manual);
    world.clock.advance(1min);  // due, and not asked for
    worker.ask(1);
    world.clock.advance(9s);
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 started");
    world.clock.advance(2s);
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 timed_out");
    EXPECT_THAT(heard.lines(), Contains("stop a 12:00:00"));
    finish(worker.journal->events[0]);
    EXPECT_EQ(state_of("a"), "2024-03-01 12:00:00 timed_out");
    EXPECT_FALSE(world.scheduler->task_registry().any_running().value());
}

TEST_F(ExternalTest, ACrashOfTheFeedTakesNothingFromWhoLives) {
    world.start();
    add_jobs(3);
    const auto stays = work({.max_demand = 1});
    const auto goes = work({.max_demand = 1});
    stays.journal->comes_back = [this] { return *world.scheduler->executions(); };
    world.clock.advance(1min);
    ASSERT_THAT(stays.journal->events, SizeIs(1));
    ASSERT_THAT(goes.journal->events, SizeIs(1));
    world.scheduler->executions()->ask_to_stop(StopReason::error("as if it had crashed"));
    world.settle();
    EXPECT_EQ(count(EntryState::lost), 0u);
    EXPECT_THAT(stays.journal->events, SizeIs(2));  // a subscription of its own
    goes.stage.ask_to_stop();
    world.settle();
    EXPECT_EQ(count(EntryState::lost), 1u);
    for (const Execution& execution : stays.journal->events) finish(execution);
    EXPECT_EQ(count(EntryState::succeeded), 2u);
}

TEST_F(ExternalTest, WhatWaitsForSubscribersForLongIsTold) {
    std::vector<std::string> log;
    WorldOptions options = external();
    options.config.log = [&log](LogLevel, std::string_view message, std::span<const LogField>) {
        log.emplace_back(message);
    };
    SubscribedWorld told(std::move(options));
    told.world.start();
    told.world.add(patient("a"));
    told.world.clock.advance(2min);
    EXPECT_THAT(log, Contains("subscribers have not asked for all executions for 60 s"));
    EXPECT_THAT(told.world.events, Contains("scheduler.state full"));
}

TEST(ExternalNoopTest, WorksWithoutALedger) {
    SimulatedClock clock(at("2024-03-01 11:59:30"));
    SimulatedRuntime runtime(1);
    clock.settle_with([&] { runtime.run_until_idle(); });
    NoopStorage storage;
    ScriptedRunner runner(clock);
    SchedulerConfig config;
    config.executor = ExecutorKind::external;
    Scheduler scheduler({clock, runtime, storage, runner}, config);
    ASSERT_TRUE(scheduler.start());
    for (const char* name : {"a", "b", "c"}) {
        ASSERT_TRUE(scheduler.add_job(World::job(name, "0 12 * * *")));
    }
    StageSystem stages(runtime, clock);
    const auto journal = std::make_shared<Subscriber<Execution>::Journal>();
    journal->on_event = [&](const Execution& execution) {
        EXPECT_TRUE(scheduler.finish(execution.id));
    };
    const auto worker = stages.start<Subscriber<Execution>>(
        {.subscribe_to = {{*scheduler.executions(), {.max_demand = 1}}}}, journal,
        SubscriptionOptions<Execution>{});
    ASSERT_TRUE(worker);
    clock.advance(1min);
    EXPECT_THAT(journal->lines(), ElementsAre("a 12:00:00", "b 12:00:00", "c 12:00:00"));
}

// Whatever crashes, whoever comes and goes: every due time has its row, nobody is handed more than
// it may hold, nothing is handed out twice, and nothing stays open in the end.
TEST(ExternalCrashesTest, NothingIsLostOrDoubledOrForgotten) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        WorldOptions options = external();
        options.seed = seed;
        options.config.max_restarts = 1'000'000;
        options.runtime.crashable = [](const Runnable& runnable) {
            return SubscribedWorld::is_stage(runnable, "broadcaster") ||
                   SubscribedWorld::is_stage(runnable, "feed") ||
                   SubscribedWorld::is_stage(runnable, "supervisor");
        };
        SubscribedWorld test(std::move(options));
        World& world = test.world;
        world.start();
        for (const char* name : {"a", "b", "c"}) {
            Job job = ExternalTest::patient(name, "* * * * *");
            job.set_overlap(Overlap::allow);
            world.add(std::move(job));
        }
        world.runtime.set_crash_probability(0.03);
        std::minstd_rand random(static_cast<std::uint32_t>(seed));
        std::vector<Subscribed<Execution>> workers;
        std::set<std::string> handed;
        for (int step = 0; step < 30; ++step) {
            const auto choice = random() % 4;
            if (choice == 0 || workers.empty()) {
                const auto to = world.scheduler->executions();
                ASSERT_TRUE(to) << to.error().message;
                const auto note = [&](const Execution& execution) {
                    EXPECT_TRUE(handed.insert(execution.id.text()).second) << "seed " << seed;
                };
                workers.push_back(test.work({.max_demand = 2}, DemandMode::automatic, note));
                workers.back().journal->comes_back = [&] { return *world.scheduler->executions(); };
            } else if (choice == 1) {
                workers[random() % workers.size()].stage.ask_to_stop();
            } else if (choice == 2) {
                for (const auto& worker : workers) {
                    for (const Execution& execution : worker.journal->events) {
                        static_cast<void>(world.scheduler->finish(execution.id));
                    }
                }
            }
            world.clock.advance(20s);
        }
        world.runtime.set_crash_probability(0);
        for (const auto& worker : workers) worker.stage.ask_to_stop();
        world.settle();
        const auto finish = [&](const Execution& execution) {
            EXPECT_TRUE(handed.insert(execution.id.text()).second) << "seed " << seed;
            EXPECT_TRUE(world.scheduler->finish(execution.id));
        };
        const auto last = test.work({.max_demand = 1000}, DemandMode::automatic, finish);
        world.clock.advance(20s);
        std::size_t rows = 0;
        for (const char* name : {"a", "b", "c"}) {
            for (const Entry& entry : world.entries(name)) {
                ++rows;
                EXPECT_TRUE(entry.state == EntryState::succeeded || entry.state == EntryState::lost)
                    << name << " " << spaced(entry.due) << " " << to_string(entry.state)
                    << ", seed " << seed;
            }
        }
        EXPECT_EQ(rows, 3u * 10u) << "seed " << seed;
    }
}

}  // namespace
}  // namespace quantum::test
