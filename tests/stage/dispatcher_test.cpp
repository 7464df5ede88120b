#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using RecorderJournal = Recorder<>::Journal;

struct DispatcherTest : StageTest {
    std::shared_ptr<Pusher<>::Journal> pushed = std::make_shared<Pusher<>::Journal>();
    std::vector<std::shared_ptr<RecorderJournal>> got;
    std::vector<StageRef<Recorder<>>> consumers;

    StageRef<Recorder<>> consume(const ProducerRef<int>& producer,
                                 SubscriptionOptions<int> options = {},
                                 DemandMode mode = DemandMode::manual) {
        got.push_back(std::make_shared<RecorderJournal>());
        got.back()->mode = mode;
        options.cancel = CancelMode::temporary;
        consumers.push_back(
            start<Recorder<>>({.subscribe_to = {{producer, std::move(options)}}}, got.back()));
        settle();
        return consumers.back();
    }
    void ask(std::size_t consumer, std::size_t count) {
        consumers.at(consumer).cast(Recorder<>::Ask{count});
        settle();
    }
    void push(const StageRef<Pusher<>>& producer, std::vector<int> events) {
        producer.cast(std::move(events));
        settle();
    }
};

TEST_F(DispatcherTest, DemandGoesToTheConsumerThatWantsMost) {
    const auto producer = start<Pusher<>>({}, pushed);
    for (int i = 0; i < 3; ++i) consume(producer);
    ask(0, 2);
    ask(1, 5);
    ask(2, 3);
    push(producer, numbers(0, 4));
    EXPECT_THAT(got[0]->events(), IsEmpty());
    EXPECT_THAT(got[1]->events(), ElementsAre(0, 1, 2, 3));
    push(producer, numbers(4, 9));  // 2 asked 3, 0 asked 2, 1 still wants 1
    EXPECT_THAT(got[2]->events(), ElementsAre(4, 5, 6));
    EXPECT_THAT(got[0]->events(), ElementsAre(7, 8));
    push(producer, {9});
    EXPECT_THAT(got[1]->events(), ElementsAre(0, 1, 2, 3, 9));
    EXPECT_THAT(pushed->demands, ElementsAre(2, 5, 3));  // each told once
}

TEST_F(DispatcherTest, DemandOfAConsumerThatLeftIsNotAskedForTwice) {
    const auto producer = start<Pusher<>>({}, pushed);
    consume(producer);
    ask(0, 10);
    ASSERT_TRUE(consumers[0].stop().has_value());
    consume(producer);
    ask(1, 4);
    EXPECT_THAT(pushed->demands, ElementsAre(10));
    push(producer, numbers(0, 10));
    EXPECT_EQ(got[1]->events(), numbers(0, 4));
    ask(1, 8);
    EXPECT_EQ(got[1]->events(), numbers(0, 10));
    EXPECT_THAT(pushed->demands, ElementsAre(10, 2));
}

TEST_F(DispatcherTest, BroadcastSendsEachEventToAllAndTheSlowestSetsThePace) {
    const auto producer = start<Pusher<>>({.dispatcher = broadcast_dispatcher<int>()}, pushed);
    consume(producer);
    consume(producer);
    ask(0, 10);
    EXPECT_THAT(pushed->demands, IsEmpty());
    ask(1, 3);
    EXPECT_THAT(pushed->demands, ElementsAre(3));
    push(producer, numbers(0, 5));
    EXPECT_EQ(got[0]->events(), numbers(0, 3));
    EXPECT_EQ(got[1]->events(), numbers(0, 3));
    ask(1, 4);  // two of them are buffered already
    EXPECT_EQ(got[0]->events(), numbers(0, 5));
    EXPECT_EQ(got[1]->events(), numbers(0, 5));
    EXPECT_THAT(pushed->demands, ElementsAre(3, 2));
}

TEST_F(DispatcherTest, BroadcastGoesOnWhenTheSlowestLeaves) {
    const auto producer = start<Pusher<>>({.dispatcher = broadcast_dispatcher<int>()}, pushed);
    consume(producer);
    consume(producer);
    ask(0, 6);
    ask(1, 1);
    push(producer, numbers(0, 6));
    EXPECT_EQ(got[0]->events(), numbers(0, 1));
    ASSERT_TRUE(consumers[1].stop().has_value());
    settle();
    EXPECT_EQ(got[0]->events(), numbers(0, 6));
}

TEST_F(DispatcherTest, BroadcastWithASelectorSendsOnlyWhatIsWanted) {
    const auto producer = start<Counter>(
        {.dispatcher = broadcast_dispatcher<int>(), .demand = DemandForwarding::accumulate});
    consume(producer, {.max_demand = 10, .selector = [](const int& n) { return n % 2 == 0; }},
            DemandMode::automatic);
    consume(producer, {.max_demand = 10, .selector = [](const int& n) { return n % 3 == 0; }},
            DemandMode::automatic);
    ProducerRef<int>(producer).set_demand(DemandForwarding::forward);
    runtime.run_until_idle(5000);
    for (const std::size_t step : {2u, 3u}) {
        const auto events = got[step - 2]->events();
        ASSERT_GT(events.size(), 100u);
        for (std::size_t i = 0; i < events.size(); ++i) {
            ASSERT_EQ(events[i], static_cast<int>(i * step));
        }
    }
}

TEST_F(DispatcherTest, WhatASelectorOrAHashTurnsAwayHoldsUpNothingBuffered) {
    const auto odd = [](const int& n) { return n % 2 == 1; };
    const auto only_odd = [](const int& n) -> std::optional<std::size_t> {
        if (n % 2 == 0) return std::nullopt;
        return 0;
    };
    for (const auto& dispatcher :
         {broadcast_dispatcher<int>(), partition_dispatcher<int>(1, only_odd)}) {
        const auto producer = start<Pusher<>>({.dispatcher = dispatcher}, pushed);
        push(producer, numbers(0, 12));
        consume(producer, {.max_demand = 2, .min_demand = 0, .selector = odd},
                DemandMode::automatic);
        EXPECT_THAT(got.back()->events(), ElementsAre(1, 3, 5, 7, 9, 11));
        push(producer, numbers(12, 18));
        EXPECT_THAT(got.back()->events(), ElementsAre(1, 3, 5, 7, 9, 11, 13, 15, 17));
    }
}

TEST_F(DispatcherTest, PartitionSendsEachEventWhereItBelongs) {
    const auto producer = start<Counter>(
        {.dispatcher = partition_dispatcher<int>(3, [](const int& n) -> std::optional<std::size_t> {
             if (n % 4 == 3) return std::nullopt;
             return static_cast<std::size_t>(n % 4);
         })});
    for (std::size_t i = 0; i < 3; ++i) {
        consume(producer, {.max_demand = 8, .partition = i}, DemandMode::automatic);
    }
    runtime.run_until_idle(5000);
    for (int i = 0; i < 3; ++i) {
        const auto events = got[static_cast<std::size_t>(i)]->events();
        ASSERT_GT(events.size(), 100u);
        for (std::size_t k = 0; k < events.size(); ++k) {
            ASSERT_EQ(events[k], static_cast<int>(k) * 4 + i);
        }
    }
}

TEST_F(DispatcherTest, EventsOfAPartitionWithoutDemandWait) {
    const auto by_parity = [](const int& n) { return std::optional<std::size_t>(n % 2); };
    const auto producer =
        start<Pusher<>>({.dispatcher = partition_dispatcher<int>(2, by_parity)}, pushed);
    consume(producer, {.partition = 0});
    consume(producer, {.partition = 1});
    ask(0, 4);
    push(producer, numbers(0, 6));
    EXPECT_THAT(got[0]->events(), ElementsAre(0, 2));
    ask(1, 1);
    EXPECT_THAT(got[1]->events(), ElementsAre(1));
    ask(1, 1);
    EXPECT_THAT(got[1]->events(), ElementsAre(1, 3));
    EXPECT_THAT(got[0]->events(), ElementsAre(0, 2, 4));
}

TEST_F(DispatcherTest, APartitionHasOneConsumerAndMustExist) {
    const auto by_parity = [](const int& n) { return std::optional<std::size_t>(n % 2); };
    const auto producer =
        start<Pusher<>>({.dispatcher = partition_dispatcher<int>(2, by_parity)}, pushed);
    consume(producer, {.partition = 0});
    consume(producer, {.partition = 0});
    consume(producer, {.partition = 2});
    EXPECT_THAT(got[0]->notes, IsEmpty());
    ASSERT_EQ(got[1]->notes.size(), 1u);
    EXPECT_THAT(got[1]->notes[0], HasSubstr("partition 0 has a consumer already"));
    ASSERT_EQ(got[2]->notes.size(), 1u);
    EXPECT_THAT(got[2]->notes[0], HasSubstr("partition 2 does not exist; 0 to 1 do"));
}

/// One's own dispatcher: every event to whoever subscribed last.
class LatestDispatcher final : public Dispatcher<int> {
public:
    Status subscribe(SubscriptionId consumer, const SubscriptionOptions<int>&) override {
        consumers_.push_back(consumer);
        return {};
    }
    void ask(SubscriptionId, std::size_t, Outlet<int>&) override {}
    void cancel(SubscriptionId consumer) override { std::erase(consumers_, consumer); }
    [[nodiscard]] std::size_t wanted() const override { return 0; }
    void dispatch(std::vector<int>& events, Outlet<int>& outlet) override {
        if (!consumers_.empty()) outlet.send(consumers_.back(), std::exchange(events, {}));
    }

private:
    std::vector<SubscriptionId> consumers_;
};

TEST_F(DispatcherTest, AnEventOfAPartitionThatDoesNotExistCrashesTheStage) {
    const auto producer =
        start<Pusher<>>({.dispatcher = partition_dispatcher<int>(
                             2, [](const int& n) { return std::optional<std::size_t>(n); })},
                        pushed);
    consume(producer, {.partition = 0}, DemandMode::automatic);
    producer.cast(std::vector<int>{0, 7});
    settle();
    EXPECT_FALSE(producer.is_alive());
    EXPECT_THAT(log.at(0), HasSubstr("hash: partition 7 does not exist; 0 to 1 do"));
}

TEST_F(DispatcherTest, OneThatCannotWorkKeepsItsStageFromStarting) {
    const PartitionHash<int> hash = [](const int&) { return std::optional<std::size_t>(0); };
    for (const auto& [dispatcher, message] :
         {std::pair{partition_dispatcher<int>(0, hash), "partition_dispatcher: 0 partitions"},
          std::pair{partition_dispatcher<int>(2, {}), "partition_dispatcher: no hash"},
          std::pair{DispatcherFactory<int>(), "options: no dispatcher"}}) {
        const auto started = stages.start<Pusher<>>({.dispatcher = dispatcher}, pushed);
        ASSERT_FALSE(started.has_value());
        EXPECT_THAT(started.error().message, HasSubstr(message));
    }
}

TEST_F(DispatcherTest, MayBeOnesOwn) {
    const auto producer =
        start<Pusher<>>({.dispatcher = [] { return std::make_unique<LatestDispatcher>(); }});
    push(producer, {1});
    consume(producer);
    consume(producer);
    push(producer, {2});
    EXPECT_THAT(got[0]->events(), ElementsAre(1));
    EXPECT_THAT(got[1]->events(), ElementsAre(2));
}

TEST_F(DispatcherTest, DemandIsAccumulatedUntilItIsForwarded) {
    const auto producer = start<Counter>(
        {.dispatcher = broadcast_dispatcher<int>(), .demand = DemandForwarding::accumulate});
    consume(producer, {.max_demand = 10}, DemandMode::automatic);
    consume(producer, {.max_demand = 10}, DemandMode::automatic);
    settle();
    EXPECT_THAT(got[0]->events(), IsEmpty());

    EXPECT_EQ(ProducerRef<int>(producer).demand().value(), DemandForwarding::accumulate);
    ProducerRef<int>(producer).set_demand(DemandForwarding::forward);
    EXPECT_EQ(ProducerRef<int>(producer).demand().value(), DemandForwarding::forward);
    runtime.run_until_idle(200);
    ASSERT_GT(got[0]->events().size(), 10u);
    EXPECT_EQ(got[0]->events().front(), 0);
    EXPECT_EQ(got[1]->events().front(), 0);
}

struct BufferRow {
    const char* name;
    std::optional<std::size_t> size;
    BufferKeep keep;
    std::vector<int> kept;
};
struct BufferTest : DispatcherTest, testing::WithParamInterface<BufferRow> {};

TEST_P(BufferTest, KeepsWhatItSays) {
    const BufferRow& row = GetParam();
    const auto producer =
        start<Pusher<>>({.buffer_size = row.size, .buffer_keep = row.keep}, pushed);
    push(producer, numbers(0, 3));
    push(producer, numbers(3, 8));
    const std::size_t discarded = 8 - row.kept.size();
    EXPECT_EQ(ProducerRef<int>(producer).buffered_count().value(), row.kept.size());
    EXPECT_EQ(ProducerRef<int>(producer).discarded_count().value(), discarded);
    EXPECT_EQ(pushed->discarded.size(), discarded);
    EXPECT_EQ(log.empty(), discarded == 0);
    consume(producer);
    ask(0, 100);
    EXPECT_EQ(got[0]->events(), row.kept);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BufferTest,
    testing::Values(BufferRow{"Last", 5, BufferKeep::last, numbers(3, 8)},
                    BufferRow{"LastOfABigBatch", 2, BufferKeep::last, numbers(6, 8)},
                    BufferRow{"First", 5, BufferKeep::first, numbers(0, 5)},
                    BufferRow{"FirstFull", 3, BufferKeep::first, numbers(0, 3)},
                    BufferRow{"NoneLast", 0, BufferKeep::last, {}},
                    BufferRow{"NoneFirst", 0, BufferKeep::first, {}},
                    BufferRow{"Unlimited", {}, BufferKeep::last, numbers(0, 8)},
                    BufferRow{"RoomForAll", 8, BufferKeep::first, numbers(0, 8)}),
    [](const auto& row) { return row.param.name; });

TEST_F(DispatcherTest, TheHookDecidesWhetherADiscardIsLogged) {
    pushed->log_discarded = false;
    const auto producer = start<Pusher<>>({.buffer_size = 1}, pushed);
    push(producer, numbers(0, 3));
    EXPECT_THAT(pushed->discarded, ElementsAre(0, 1));
    EXPECT_THAT(log, IsEmpty());
}

TEST_F(DispatcherTest, AProducersBufferHoldsTenThousandUnlessToldOtherwise) {
    const auto producer = start<Pusher<>>({}, pushed);
    push(producer, numbers(0, 10'001));
    EXPECT_EQ(ProducerRef<int>(producer).buffered_count().value(), 10'000u);
}

TEST_F(DispatcherTest, AnInfoIsQueuedBehindTheEventsAlreadyBuffered) {
    const auto producer = start<Pusher<>>({}, pushed);
    push(producer, numbers(0, 3));
    ASSERT_TRUE(producer.sync_info(std::string("behind three")).has_value());
    push(producer, numbers(3, 5));
    producer.async_info(std::string("behind five"));
    consume(producer);
    ask(0, 2);
    EXPECT_THAT(pushed->notes, IsEmpty());
    ask(0, 1);
    EXPECT_THAT(pushed->notes, ElementsAre("behind three"));
    ask(0, 5);
    EXPECT_THAT(pushed->notes, ElementsAre("behind three", "behind five"));
    producer.async_info(std::string("at once"));
    settle();
    EXPECT_EQ(pushed->notes.size(), 3u);
}

TEST_F(DispatcherTest, AnInfoIsQueuedBehindEventsThatWaitForTheirPartition) {
    const auto by_parity = [](const int& n) { return std::optional<std::size_t>(n % 2); };
    const auto producer =
        start<Pusher<>>({.dispatcher = partition_dispatcher<int>(2, by_parity)}, pushed);
    consume(producer, {.partition = 0});
    consume(producer, {.partition = 1});
    ask(0, 2);
    push(producer, {1, 3});
    producer.async_info(std::string("behind"));
    settle();
    EXPECT_THAT(pushed->notes, IsEmpty());
    ask(1, 2);
    EXPECT_THAT(pushed->notes, ElementsAre("behind"));
}

TEST_F(DispatcherTest, AnInfoToAProducerConsumerWaitsForItsQueueAndItsBuffer) {
    const auto producer = start<Pusher<>>({}, pushed);
    const auto journal = std::make_shared<Repeater<>::Journal>();
    const auto middle = start<Repeater<>>({.subscribe_to = {{producer}}}, std::size_t{2}, journal);
    consume(middle);
    settle();
    push(producer, {1, 2});
    middle.async_info(std::string("behind"));
    for (int i = 0; i < 3; ++i) ask(0, 1);
    EXPECT_THAT(journal->notes, IsEmpty());
    ask(0, 1);
    EXPECT_THAT(got[0]->events(), ElementsAre(1, 1, 2, 2));
    EXPECT_THAT(journal->notes, ElementsAre("behind"));
}

}  // namespace
}  // namespace quantum
