#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using testing::Each;
using testing::ElementsAre;

struct DemandTest : StageTest {
    std::shared_ptr<Counter::Journal> asked = std::make_shared<Counter::Journal>();
    std::shared_ptr<Recorder<>::Journal> got = std::make_shared<Recorder<>::Journal>();

    /// Turns until the recorder has at least so many events.
    void run_until(std::size_t events) {
        while (got->events().size() < events && runtime.run_one()) {
        }
    }
};

struct BatchRow {
    const char* name;
    std::size_t max;
    std::optional<std::size_t> min;
    std::size_t first_demand;
    std::size_t batch;
};

struct BatchTest : DemandTest, testing::WithParamInterface<BatchRow> {};

TEST_P(BatchTest, AsksMaxAtFirstAndRenewsWhenWhatIsPendingFallsToMin) {
    const BatchRow& row = GetParam();
    const auto producer = start<Counter>({}, asked);
    start<Recorder<>>(
        {.subscribe_to = {{producer, {.max_demand = row.max, .min_demand = row.min}}}}, got);

    run_until(row.max * 4);

    ASSERT_FALSE(asked->demands.empty());
    EXPECT_EQ(asked->demands.front(), row.first_demand);
    for (std::size_t i = 1; i < asked->demands.size(); ++i) {
        EXPECT_EQ(asked->demands[i], row.batch);
    }
    for (const auto& batch : got->batches) EXPECT_EQ(batch.size(), row.batch);
    const auto events = got->events();
    EXPECT_EQ(events, numbers(0, static_cast<int>(events.size())));
}

INSTANTIATE_TEST_SUITE_P(Rows, BatchTest,
                         testing::Values(BatchRow{"Default", 1000, {}, 1000, 500},
                                         BatchRow{"HalfOfTen", 10, {}, 10, 5},
                                         BatchRow{"MinZero", 10, 0, 10, 10},
                                         BatchRow{"MinJustBelowMax", 10, 9, 10, 1},
                                         BatchRow{"One", 1, {}, 1, 1}),
                         [](const auto& row) { return row.param.name; });

TEST_F(DemandTest, NeverHandsAConsumerMoreThanItAskedFor) {
    const auto producer = start<Pusher<>>();
    start<Recorder<>>({.subscribe_to = {{producer, {.max_demand = 10, .min_demand = 0}}}}, got);
    got->on_events = [](const std::vector<int>&) { return Reaction<>(); };
    settle();

    producer.cast(numbers(0, 25));
    settle();

    EXPECT_EQ(got->events(), numbers(0, 25));
    for (const auto& batch : got->batches) EXPECT_LE(batch.size(), 10u);
}

TEST_F(DemandTest, AManualConsumerGetsWhatItAsksForAndNoMore) {
    const auto producer = start<Counter>({}, asked);
    got->mode = DemandMode::manual;
    const auto consumer = start<Recorder<>>({.subscribe_to = {{producer}}}, got);
    settle();
    EXPECT_TRUE(got->batches.empty());

    consumer.cast(Recorder<>::Ask{3});
    settle();
    EXPECT_EQ(got->events(), numbers(0, 3));

    consumer.cast(Recorder<>::Ask{2});
    settle();
    EXPECT_EQ(got->events(), numbers(0, 5));
    EXPECT_THAT(asked->demands, ElementsAre(3, 2));
}

TEST_F(DemandTest, EventsWithoutDemandWaitInTheBufferAndGoOutFirst) {
    const auto producer = start<Pusher<>>();
    producer.cast(numbers(0, 5));
    EXPECT_EQ(ProducerRef<int>(producer).buffered_count().value(), 5u);

    start<Recorder<>>({.subscribe_to = {{producer}}}, got);
    settle();
    producer.cast(numbers(5, 8));
    settle();

    EXPECT_EQ(got->events(), numbers(0, 8));
    EXPECT_EQ(ProducerRef<int>(producer).buffered_count().value(), 0u);
}

TEST_F(DemandTest, AProducerConsumerHandlesNoMoreThanItsConsumersAskFor) {
    const auto producer = start<Counter>({}, asked);
    const auto middle_journal = std::make_shared<Repeater<>::Journal>();
    const auto middle = start<Repeater<>>({.subscribe_to = {{producer, {.max_demand = 100}}}},
                                          std::size_t{1}, middle_journal);
    got->mode = DemandMode::manual;
    const auto consumer = start<Recorder<>>({.subscribe_to = {{middle}}}, got);
    settle();
    EXPECT_TRUE(middle_journal->batches.empty());

    consumer.cast(Recorder<>::Ask{7});
    settle();

    EXPECT_EQ(got->events(), numbers(0, 7));
    std::size_t handled = 0;
    for (const auto& batch : middle_journal->batches) handled += batch.size();
    EXPECT_EQ(handled, 7u);
}

TEST_F(DemandTest, AProducerConsumerKeepsWhatItMadeBeyondDemand) {
    const auto producer = start<Counter>({}, asked);
    const auto middle = start<Repeater<>>({.subscribe_to = {{producer}}}, std::size_t{3});
    got->mode = DemandMode::manual;
    const auto consumer = start<Recorder<>>({.subscribe_to = {{middle}}}, got);
    settle();

    for (const std::size_t count : {2u, 2u, 5u}) {
        consumer.cast(Recorder<>::Ask{count});
        settle();
    }

    EXPECT_THAT(got->events(), ElementsAre(0, 0, 0, 1, 1, 1, 2, 2, 2));
}

TEST_F(DemandTest, AFilterThatDropsEverythingKeepsAsking) {
    const auto producer = start<Counter>({}, asked);
    const auto middle =
        start<Repeater<>>({.subscribe_to = {{producer, {.max_demand = 10}}}}, std::size_t{0});
    start<Recorder<>>({.subscribe_to = {{middle}}}, got);

    runtime.run_until_idle(2000);

    EXPECT_GT(asked->demands.size(), 100u);
    EXPECT_TRUE(got->batches.empty());
}

TEST_F(DemandTest, ManyProducersForOneConsumerAndManyConsumersForOneProducer) {
    const auto first = start<Pusher<>>();
    const auto second = start<Pusher<>>();
    const auto other = std::make_shared<Recorder<>::Journal>();
    start<Recorder<>>({.subscribe_to = {{first}, {second}}}, got);
    start<Recorder<>>({.subscribe_to = {{second}}}, other);
    settle();

    first.cast(numbers(0, 10));
    second.cast(numbers(100, 3100));
    settle();

    auto all = got->events();
    const auto rest = other->events();
    EXPECT_FALSE(rest.empty());
    all.insert(all.end(), rest.begin(), rest.end());
    std::sort(all.begin(), all.end());
    auto expected = numbers(0, 10);
    const auto more = numbers(100, 3100);
    expected.insert(expected.end(), more.begin(), more.end());
    EXPECT_EQ(all, expected);
}

}  // namespace
}  // namespace quantum
