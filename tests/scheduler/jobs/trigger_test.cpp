// Runs by hand: their keys, and a storage that refuses while one is on its way (semantics sections
// 1 and 7). A request neither vanishes nor is acknowledged and never run.
#include <atomic>
#include <future>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Fault = StorageGate::Fault;

/// Due at no time that a test sees.
Job by_hand(const std::string& name) {
    Job job = World::job(name, "0 0 1 1 *");
    job.set_overlap(Overlap::allow);
    return job;
}

std::vector<ExecutionId> ids_of(const World& world, const std::string& name) {
    std::vector<ExecutionId> ids;
    for (const auto& run : world.runner->runs_of(name)) ids.push_back(run.execution.id);
    return ids;
}

TEST(Trigger, WithAKeyRunsOnceADay) {
    World world;
    world.start();
    world.add(by_hand("deploy"));
    world.add(by_hand("other"));
    const auto first = world.scheduler->trigger("deploy", {.key = "7"});
    ASSERT_TRUE(first);
    EXPECT_EQ(world.scheduler->trigger("deploy", {.key = "7"}), first);
    const auto other_key = world.scheduler->trigger("deploy", {.key = "8"});
    const auto other_job = world.scheduler->trigger("other", {.key = "7"});
    const auto no_key = world.scheduler->trigger("deploy");
    ASSERT_TRUE(other_key && other_job && no_key);
    EXPECT_NE(*other_key, *first);
    EXPECT_NE(*other_job, *first);
    world.settle();
    EXPECT_THAT(ids_of(world, "deploy"), ElementsAre(*first, *other_key, *no_key));
    EXPECT_THAT(ids_of(world, "other"), ElementsAre(*other_job));
}

TEST(Trigger, AKeyIsKeptForADayAndNoLonger) {
    World world;
    world.start();
    world.add(by_hand("deploy"));
    const auto first = world.scheduler->trigger("deploy", {.key = "7"});
    ASSERT_TRUE(first);
    world.clock.advance(24h);
    EXPECT_EQ(world.scheduler->trigger("deploy", {.key = "7"}), first);
    world.clock.advance(1s);
    const auto again = world.scheduler->trigger("deploy", {.key = "7"});
    ASSERT_TRUE(again) << again.error().message;
    world.settle();
    EXPECT_THAT(ids_of(world, "deploy"), ElementsAre(*first, *again));
}

TEST(Trigger, AKeyIsKeptOverARestartForADayAndNoLonger) {
    World world;
    world.start();
    world.add(by_hand("deploy"));
    const auto first = world.scheduler->trigger("deploy", {.key = "7"});
    ASSERT_TRUE(first);
    world.settle();
    world.crash_process(24h - 1s);
    EXPECT_EQ(world.scheduler->trigger("deploy", {.key = "7"}), first);
    world.settle();
    EXPECT_THAT(ids_of(world, "deploy"), IsEmpty());
    world.crash_process(2s);
    const auto again = world.scheduler->trigger("deploy", {.key = "7"});
    ASSERT_TRUE(again) << again.error().message;
    world.settle();
    EXPECT_THAT(ids_of(world, "deploy"), ElementsAre(*again));
}

TEST(Trigger, OneThatWasRefusedMayBeAskedForAgainWithItsKey) {
    World world;
    world.runner->script("deploy", {.duration = 1min});
    world.start();
    world.add(World::job("deploy", "0 0 1 1 *"));
    ASSERT_TRUE(world.scheduler->trigger("deploy"));
    EXPECT_EQ(world.scheduler->trigger("deploy", {.key = "7"}).error().code,
              ErrorCode::unavailable);
    world.clock.advance(2min);
    EXPECT_TRUE(world.scheduler->trigger("deploy", {.key = "7"}));
}

/// What the storage does with batches that claim something: the first few, then none.
class TriggerOnABadStorage : public testing::TestWithParam<Fault> {
protected:
    TriggerOnABadStorage() {
        world.start();
        world.add(by_hand("deploy"));
        world.gate.fail_with([this](const Batch& batch) {
            return batch.claims.empty() || !trouble ? Fault::none : GetParam();
        });
    }

    bool trouble = true;
    World world;
};

TEST_P(TriggerOnABadStorage, RunsOnceWhenItsClaimIsStored) {
    // Nobody answers while the storage is in trouble: that it is lost is not said either.
    EXPECT_EQ(world.scheduler->trigger("deploy").error().code, ErrorCode::timed_out);
    world.clock.advance(1min);
    EXPECT_THAT(ids_of(world, "deploy"), IsEmpty());
    trouble = false;
    world.clock.advance(10s);
    EXPECT_THAT(ids_of(world, "deploy"), SizeIs(1));
    ASSERT_THAT(world.entries("deploy"), SizeIs(1));
    EXPECT_EQ(world.entries("deploy")[0].kind, ExecutionKind::manual);
    EXPECT_EQ(world.entries("deploy")[0].state, EntryState::succeeded);
}

TEST_P(TriggerOnABadStorage, ItsKeyIsGoodForOneRun) {
    EXPECT_FALSE(world.scheduler->trigger("deploy", {.key = "7"}));
    world.clock.advance(1min);
    EXPECT_FALSE(world.scheduler->trigger("deploy", {.key = "7"}));
    world.clock.advance(1min);
    trouble = false;
    world.clock.advance(10s);
    const auto third = world.scheduler->trigger("deploy", {.key = "7"});
    ASSERT_TRUE(third) << third.error().message;
    world.clock.advance(10s);
    EXPECT_THAT(ids_of(world, "deploy"), ElementsAre(*third));
    EXPECT_THAT(world.entries("deploy"), SizeIs(1));
}

TEST_P(TriggerOnABadStorage, SeveralRequestsAreSeveralRuns) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(world.scheduler->trigger("deploy"));
        world.clock.advance(1s);
    }
    trouble = false;
    world.clock.advance(10s);
    EXPECT_THAT(ids_of(world, "deploy"), SizeIs(3));
    EXPECT_THAT(world.entries("deploy"), SizeIs(3));
}

// The process dies with the request on its way: the ledger says what became of it.
TEST_P(TriggerOnABadStorage, NothingRunsAfterACrashThatIsNotInTheLedger) {
    EXPECT_FALSE(world.scheduler->trigger("deploy", {.key = "7"}));
    world.clock.advance(3s);
    world.crash_process(1s);
    trouble = false;
    world.clock.advance(1min);
    EXPECT_THAT(ids_of(world, "deploy"), IsEmpty());
    if (GetParam() == Fault::unknown_stored) {
        EXPECT_THAT(world.ledger("deploy"), ElementsAre("2024-03-01 11:59:30 lost"));
    } else {
        EXPECT_THAT(world.ledger("deploy"), IsEmpty());
    }
}

TEST_P(TriggerOnABadStorage, AStopRefusesIt) {
    EXPECT_FALSE(world.scheduler->trigger("deploy"));
    world.clock.advance(3s);
    static_cast<void>(world.scheduler->stop());
    trouble = false;
    world.start();
    world.clock.advance(1min);
    EXPECT_THAT(ids_of(world, "deploy"), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Faults, TriggerOnABadStorage,
                         testing::Values(Fault::failed, Fault::unknown_lost, Fault::unknown_stored),
                         [](const auto& row) {
                             if (row.param == Fault::failed) return "Refused";
                             return row.param == Fault::unknown_lost ? "Lost" : "StoredUnheard";
                         });

TEST(Trigger, IsRefusedWhereTheStorageIsGoneForGood) {
    World world;
    world.start();
    world.add(by_hand("deploy"));
    world.gate.fail_with(
        [](const Batch& batch) { return batch.claims.empty() ? Fault::none : Fault::fatal; });
    EXPECT_FALSE(world.scheduler->trigger("deploy"));
    world.gate.heal();
    world.clock.advance(1min);
    EXPECT_THAT(ids_of(world, "deploy"), IsEmpty());
    world.crash_process();
    world.clock.advance(1min);
    EXPECT_THAT(ids_of(world, "deploy"), IsEmpty());
    EXPECT_THAT(world.ledger("deploy"), IsEmpty());
}

/// Refuses the first batches that claim something.
class RefusesFirst final : public Storage {
public:
    explicit RefusesFirst(CommitStatus status, int count = 3) : status_(status), count_(count) {}
    /// Until it has refused one.
    void wait() { refuses_.get_future().wait(); }
    [[nodiscard]] Result<Snapshot> load() override { return memory_.load(); }
    [[nodiscard]] CommitResult commit(const Batch& batch) override {
        if (batch.claims.empty() || ++refused_ > count_) return memory_.commit(batch);
        if (refused_ == 1) refuses_.set_value();
        return {status_, "not now"};
    }

private:
    const CommitStatus status_;
    const int count_;
    int refused_ = 0;
    std::promise<void> refuses_;
    MemoryStorage memory_;
};

// On real threads, where who asks waits for the answer: it names the run that there is.
TEST(Trigger, IsAnsweredOnlyOnceItsClaimIsStored) {
    for (const CommitStatus status : {CommitStatus::failed, CommitStatus::unknown}) {
        std::promise<ExecutionId> ran;
        std::atomic<int> runs{0};
        SchedulerConfig config;
        config.storage = std::make_shared<RefusesFirst>(status);
        Scheduler scheduler(std::move(config));
        ASSERT_TRUE(scheduler.start());
        const auto name = scheduler.add_job(
            {.schedule = "0 0 1 1 *", .task = ExecutionFunction([&](const Execution& e) {
                                          if (++runs == 1) ran.set_value(e.id);
                                      })});
        ASSERT_TRUE(name);
        const auto id = scheduler.trigger(*name);
        ASSERT_TRUE(id) << id.error().message;
        auto seen = ran.get_future();
        ASSERT_EQ(seen.wait_for(20s), std::future_status::ready);
        EXPECT_EQ(seen.get(), *id);
        ASSERT_TRUE(scheduler.stop());
        EXPECT_EQ(runs, 1);
    }
}

TEST(Trigger, IsAnsweredByAStopWhileTheStorageRefuses) {
    const auto storage = std::make_shared<RefusesFirst>(CommitStatus::failed, 1'000'000);
    SchedulerConfig config;
    config.timeout = 10min;
    config.storage = storage;
    Scheduler scheduler(std::move(config));
    ASSERT_TRUE(scheduler.start());
    const auto name = scheduler.add_job({.schedule = "0 0 1 1 *", .task = Function([] {})});
    ASSERT_TRUE(name);
    auto asked = std::async(std::launch::async, [&] { return scheduler.trigger(*name); });
    storage->wait();
    static_cast<void>(scheduler.stop(Duration::zero()));
    ASSERT_EQ(asked.wait_for(60s), std::future_status::ready) << "nobody answers";
    const auto id = asked.get();
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().code, ErrorCode::unavailable) << id.error().message;
    EXPECT_EQ(id.error().message, "the scheduler is stopping");
}

TEST(Trigger, IsRefusedAtOnceWhereTheStorageIsGoneForGood) {
    SchedulerConfig config;
    config.timeout = 10min;
    config.storage = std::make_shared<RefusesFirst>(CommitStatus::fatal);
    Scheduler scheduler(std::move(config));
    ASSERT_TRUE(scheduler.start());
    const auto name = scheduler.add_job({.schedule = "0 0 1 1 *", .task = Function([] {})});
    ASSERT_TRUE(name);
    auto asked = std::async(std::launch::async, [&] { return scheduler.trigger(*name); });
    const bool answered = asked.wait_for(60s) == std::future_status::ready;
    EXPECT_TRUE(answered) << "nobody answers";
    if (!answered) static_cast<void>(scheduler.stop());
    const auto id = asked.get();
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().code, ErrorCode::io_error) << id.error().message;
}

}  // namespace
}  // namespace quantum::test
