// Whoever subscribes to a scheduler hears of its jobs and executions, and is in nobody's way.
#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/subscribers/event_outbox.hpp"
#include "scheduler/subscribers/subscribers.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct EventsTest : testing::Test, SubscribedWorld {};

Job inactive(Job job) {
    job.set_state(JobState::inactive);
    return job;
}

TEST_F(EventsTest, BeginWithTheActiveJobsAndFollowTheirChanges) {
    world.start();
    world.add(World::job("a", "0 12 * * *"));
    world.add(inactive(World::job("b", "0 12 * * *")));
    const auto heard = listen();
    EXPECT_THAT(heard.take_lines(), ElementsAre("add a"));
    world.add(World::job("c", "0 13 * * *"));
    EXPECT_THAT(heard.take_lines(), ElementsAre("add c"));
    world.add(World::job("c", "0 14 * * *"));
    EXPECT_EQ(heard.journal->events.back().job->schedule()->text(), "0 14 * * *");
    EXPECT_THAT(heard.take_lines(), ElementsAre("remove c", "add c"));
    ASSERT_TRUE(world.scheduler->activate_job("b"));
    ASSERT_TRUE(world.scheduler->deactivate_job("a"));
    ASSERT_TRUE(world.scheduler->delete_job("a"));
    ASSERT_TRUE(world.scheduler->delete_job("c"));
    world.settle();
    EXPECT_THAT(heard.take_lines(), ElementsAre("add b", "remove a", "remove c"));
}

TEST_F(EventsTest, AreCopiesThatTakeNoExecution) {
    world.start();
    world.add(World::job("a", "* * * * *"));
    const auto heard = listen();
    const auto other = listen();
    world.clock.advance(2min);
    EXPECT_THAT(heard.lines(), ElementsAre("add a", "execute a 12:00:00", "execute a 12:01:00"));
    EXPECT_EQ(other.lines(), heard.lines());
    EXPECT_THAT(world.dues("a"), ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:01:00"));
    EXPECT_EQ(heard.journal->events[1].execution.id, world.runner->runs()[0].execution.id);
}

TEST_F(EventsTest, TellEachAttempt) {
    world.start();
    Job job = World::job("a", "0 12 * * *");
    ASSERT_TRUE(job.set_retries(1));
    world.runner->script("a", {.outcome = OutcomeKind::failed});
    world.add(std::move(job));
    const auto heard = listen();
    world.clock.advance(5min);
    EXPECT_THAT(heard.lines(),
                ElementsAre("add a", "execute a 12:00:00", "execute a 12:00:00 attempt 2"));
}

TEST_F(EventsTest, AreNotToldOfWhatWasRefused) {
    world.start();
    const auto heard = listen();
    world.gate.fail_with([](const Batch&) { return StorageGate::Fault::failed; });
    EXPECT_FALSE(world.scheduler->add_job(World::job("a", "0 12 * * *")));
    world.clock.advance(10s);
    EXPECT_THAT(heard.lines(), IsEmpty());
}

// Nothing is delayed by the slow one, and the other misses nothing.
TEST_F(EventsTest, AreMissedBySlowSubscribersOnlyWhoAreTold) {
    world.start();
    std::vector<Job> jobs;
    for (int i = 0; i < 400; ++i) {
        jobs.push_back(World::job("job " + std::to_string(i), "* * * * *"));
    }
    ASSERT_TRUE(world.scheduler->add_jobs(std::move(jobs)));
    const auto slow = listen({}, DemandMode::manual);
    const auto quick = listen();
    slow.ask(400);
    world.settle();
    EXPECT_THAT(slow.take_lines(), Each(HasSubstr("add job")));
    static_cast<void>(quick.take_lines());
    world.clock.advance(26min);
    const std::vector<std::string> all = quick.lines();
    ASSERT_THAT(all, SizeIs(26 * 400));
    EXPECT_THAT(world.runner->runs(), SizeIs(26 * 400));
    EXPECT_THAT(slow.lines(), IsEmpty());

    slow.ask(2);
    world.settle();
    EXPECT_THAT(slow.lines(), ElementsAre("gap 400", all[400]));
    slow.ask(20'000);
    world.settle();
    const std::vector<std::string> rest = slow.lines();
    ASSERT_THAT(rest, SizeIs(1 + 10'000));
    EXPECT_TRUE(std::equal(rest.begin() + 1, rest.end(), all.begin() + 400));
    world.clock.advance(1min);
    EXPECT_THAT(slow.lines(), SizeIs(1 + 10'400));
}

TEST(EventOutboxTest, KeepsNothingForNobody) {
    scheduler::EventOutbox outbox;
    const Job job = World::job("a", "0 12 * * *");
    outbox.put_job({}, job);
    outbox.put_started(std::vector<Execution>(1));
    outbox.put_stop({}, StopSignal::kill);
    EXPECT_THAT(outbox.take(), IsEmpty());
}

TEST_F(EventsTest, TheJobsOfTheBeginningAreNeverMissed) {
    world.start();
    std::vector<Job> jobs;
    for (int i = 0; i < 10'500; ++i) {
        jobs.push_back(World::job("job " + std::to_string(i), "0 12 1 1 *"));
    }
    ASSERT_TRUE(world.scheduler->add_jobs(std::move(jobs)));
    const auto heard = listen({.max_demand = 7});
    world.settle();
    EXPECT_THAT(heard.journal->events, SizeIs(10'500));
    EXPECT_THAT(heard.lines(), Each(HasSubstr("add job ")));
}

TEST_F(EventsTest, MayBeSelected) {
    world.start();
    world.add(World::job("a", "0 12 * * *"));
    world.add(World::job("b", "0 12 * * *"));
    const auto heard = listen({.selector = [](const SchedulerEvent& event) {
        return event.kind == SchedulerEventKind::execute && event.job->name() == "b";
    }});
    world.clock.advance(1min);
    EXPECT_THAT(heard.lines(), ElementsAre("execute b 12:00:00"));
}

TEST(EventsWithLogTest, ASelectorThatThrowsIsNobodyElsesFault) {
    std::vector<std::string> log;
    WorldOptions options;
    options.config.log = [&log](LogLevel, std::string_view message, std::span<const LogField>) {
        log.emplace_back(message);
    };
    SubscribedWorld test(std::move(options));
    test.world.start();
    test.world.add(World::job("a", "0 12 * * *"));
    const auto other = test.listen();
    const auto heard = test.listen(
        {.selector = [](const SchedulerEvent&) -> bool { throw std::runtime_error("no"); }});
    test.world.clock.advance(1min);
    EXPECT_THAT(heard.lines(), ElementsAre("add a", "execute a 12:00:00"));
    EXPECT_EQ(other.lines(), heard.lines());
    EXPECT_EQ(std::count(log.begin(), log.end(),
                         "the selector of a subscriber threw; it gets all events now"),
              1);
}

TEST_F(EventsTest, GoOnForTheOthersWhenASubscriberCrashesOrCancels) {
    world.start();
    world.add(World::job("a", "* * * * *"));
    const auto stays = listen();
    const auto crashes = listen();
    const auto cancels = listen();
    crashes.crash();
    cancels.stage.cancel(cancels.journal->subscriptions[0].id);
    world.clock.advance(2min);
    EXPECT_FALSE(crashes.stage.is_alive());
    EXPECT_THAT(cancels.journal->ends, ElementsAre("normal"));
    EXPECT_THAT(cancels.lines(), ElementsAre("add a"));
    EXPECT_THAT(stays.lines(), ElementsAre("add a", "execute a 12:00:00", "execute a 12:01:00"));
    EXPECT_THAT(world.dues("a"), SizeIs(2));
    ASSERT_TRUE(cancels.stage.subscribe(*world.scheduler->events()));
    world.settle();
    EXPECT_THAT(cancels.lines(), ElementsAre("add a", "add a"));
}

TEST_F(EventsTest, EndWithTheSchedulerAndBeginWithItsNextStart) {
    EXPECT_EQ(world.scheduler->events().error().code, ErrorCode::unavailable);
    world.start();
    world.add(World::job("a", "0 12 * * *"));
    const auto heard = listen();
    ASSERT_TRUE(world.scheduler->stop(0s));
    world.settle();
    EXPECT_THAT(heard.journal->ends, ElementsAre(HasSubstr("shutdown")));
    EXPECT_EQ(world.scheduler->events().error().code, ErrorCode::unavailable);
    world.start();
    ASSERT_TRUE(heard.stage.subscribe(*world.scheduler->events()));
    world.clock.advance(1min);
    EXPECT_THAT(heard.lines(), ElementsAre("add a", "add a", "execute a 12:00:00"));
}

TEST_F(EventsTest, OutliveTheSubscribersStageSystem) {
    world.start();
    world.add(World::job("a", "0 12 * * *"));
    {
        StageSystem own(world.runtime, world.clock);
        const auto journal = std::make_shared<Subscriber<SchedulerEvent>::Journal>();
        const auto stage =
            own.start<Subscriber<SchedulerEvent>>({.subscribe_to = {{*world.scheduler->events()}}},
                                                  journal, SubscriptionOptions<SchedulerEvent>{});
        world.settle();
        EXPECT_THAT(journal->lines(), ElementsAre("add a"));
    }
    world.clock.advance(1min);
    EXPECT_THAT(world.ledger("a"), ElementsAre("2024-03-01 12:00:00 succeeded"));
}

// What the stages of the pipeline were told, they tell: once, whatever becomes of them.
TEST(EventsInCrashesTest, AreToldOnceWhateverStageOfThePipelineCrashes) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        WorldOptions options;
        options.seed = seed;
        options.config.max_restarts = 1'000'000;
        options.runtime.crashable = [](const Runnable& runnable) {
            return SubscribedWorld::is_stage(runnable, "broadcaster");
        };
        SubscribedWorld test(std::move(options));
        World& world = test.world;
        world.start();
        const auto heard = test.listen({.max_demand = 5});
        world.runtime.set_crash_probability(0.05);
        for (int i = 0; i < 20; ++i) {
            const std::string name = "job " + std::to_string(i % 5);
            Job job = World::job(name, i % 2 == 0 ? "* * * * *" : "*/2 * * * *");
            static_cast<void>(world.scheduler->add_job(std::move(job)));
            world.clock.advance(90s);
            if (i % 7 == 6) static_cast<void>(world.scheduler->delete_job(name));
        }
        world.runtime.set_crash_probability(0);
        world.clock.advance(5min);
        ASSERT_GT(world.runtime.crashes(), 5u);

        std::vector<std::string> executed;
        std::set<std::string> active;
        for (const SchedulerEvent& event : heard.journal->events) {
            const std::string name = event.job->name();
            if (event.kind == SchedulerEventKind::add) {
                ASSERT_TRUE(active.insert(name).second) << name << ", seed " << seed;
            } else if (event.kind == SchedulerEventKind::remove) {
                ASSERT_EQ(active.erase(name), 1u) << name << ", seed " << seed;
            } else {
                executed.push_back(line_of(event.execution));
            }
        }
        std::vector<std::string> ran;
        for (const auto& run : world.runner->runs()) ran.push_back(line_of(run.execution));
        std::sort(executed.begin(), executed.end());
        std::sort(ran.begin(), ran.end());
        EXPECT_EQ(executed, ran) << "seed " << seed;
        std::set<std::string> jobs;
        const auto listed = world.scheduler->jobs();
        for (const JobRef& job : *listed) jobs.insert(job->name());
        EXPECT_EQ(active, jobs) << "seed " << seed;
    }
}

TEST_F(EventsTest, GoOnAfterACrashOfTheFeedForWhoComesBack) {
    world.start();
    world.add(World::job("a", "* * * * *"));
    const auto heard = listen();
    heard.journal->comes_back = [this] { return *world.scheduler->events(); };
    world.scheduler->events()->ask_to_stop(StopReason::error("as if it had crashed"));
    world.clock.advance(1min);
    EXPECT_THAT(heard.journal->ends, ElementsAre("error: as if it had crashed"));
    EXPECT_THAT(heard.lines(), ElementsAre("add a", "add a", "execute a 12:00:00"));
    EXPECT_EQ(world.scheduler->state(), SchedulerState::running);
}

}  // namespace
}  // namespace quantum::test
