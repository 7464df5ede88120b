#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct SubscriptionTest : StageTest {
    std::shared_ptr<Pusher<>::Journal> pushed = std::make_shared<Pusher<>::Journal>();
    std::shared_ptr<Recorder<>::Journal> got = std::make_shared<Recorder<>::Journal>();
    StageRef<Pusher<>> producer = start<Pusher<>>({.name = "producer"}, pushed);
};

struct CancelRow {
    const char* name;
    CancelMode mode;
    StopReason reason;
    bool stops;
};
struct CancelTest : SubscriptionTest, testing::WithParamInterface<CancelRow> {};

TEST_P(CancelTest, TheEndOfTheProducerDoesWhatTheModeSays) {
    const CancelRow& row = GetParam();
    const auto consumer =
        start<Recorder<>>({.subscribe_to = {{producer, {.cancel = row.mode}}}}, got);
    settle();
    producer.cast(row.reason);
    settle();
    ASSERT_FALSE(got->notes.empty());
    EXPECT_EQ(got->notes[0], "down " + row.reason.to_string());
    EXPECT_EQ(consumer.is_alive(), !row.stops);
    if (row.stops) {
        EXPECT_EQ(got->notes.back(), "terminate " + row.reason.to_string());
    }
}

TEST_P(CancelTest, ACancelledSubscriptionDoesTheSame) {
    const CancelRow& row = GetParam();
    const auto consumer = start<Recorder<>>({}, got);
    const auto subscription =
        ConsumerRef<int>(consumer).subscribe(producer, {.cancel = row.mode}).value();
    ConsumerRef<int>(consumer).cancel(subscription, row.reason);
    settle();
    ASSERT_FALSE(got->notes.empty());
    EXPECT_EQ(got->notes[0], "cancel " + row.reason.to_string());
    EXPECT_EQ(consumer.is_alive(), !row.stops);
    EXPECT_THAT(pushed->notes, ElementsAre("cancel " + row.reason.to_string()));
    EXPECT_TRUE(producer.is_alive());
}

INSTANTIATE_TEST_SUITE_P(
    Rows, CancelTest,
    testing::Values(
        CancelRow{"PermanentNormal", CancelMode::permanent, StopReason::normal(), true},
        CancelRow{"PermanentError", CancelMode::permanent, StopReason::error("x"), true},
        CancelRow{"TransientNormal", CancelMode::transient, StopReason::normal(), false},
        CancelRow{"TransientShutdown", CancelMode::transient, StopReason::shutdown(), false},
        CancelRow{"TransientError", CancelMode::transient, StopReason::error("x"), true},
        CancelRow{"TemporaryNormal", CancelMode::temporary, StopReason::normal(), false},
        CancelRow{"TemporaryError", CancelMode::temporary, StopReason::error("x"), false}),
    [](const auto& row) { return row.param.name; });

TEST_F(SubscriptionTest, TheProducerHearsOfAConsumerThatStops) {
    const auto consumer = start<Recorder<>>({.subscribe_to = {{producer}}}, got);
    settle();
    ASSERT_TRUE(consumer.stop(StopReason::error("tired")).has_value());
    settle();
    EXPECT_THAT(pushed->notes, ElementsAre("down error: tired"));
}

TEST_F(SubscriptionTest, SubscribingToAStageThatIsGoneIsACancelledSubscription) {
    ASSERT_TRUE(producer.stop().has_value());
    const auto consumer =
        start<Recorder<>>({.subscribe_to = {{producer, {.cancel = CancelMode::temporary}}}}, got);
    settle();
    EXPECT_THAT(got->notes, ElementsAre("down not running"));
    EXPECT_TRUE(consumer.is_alive());
}

TEST_F(SubscriptionTest, EventsOnTheirWayStillArriveAfterACancel) {
    const auto consumer = start<Recorder<>>({}, got);
    const auto subscription =
        ConsumerRef<int>(consumer)
            .subscribe(producer, {.max_demand = 10, .cancel = CancelMode::temporary})
            .value();
    settle();
    producer.cast(numbers(0, 4));
    ConsumerRef<int>(consumer).cancel(subscription);
    settle();
    producer.cast(numbers(4, 6));
    settle();
    // Those that were sent before the producer heard of the cancel are all there, in order.
    const auto events = got->events();
    EXPECT_TRUE(events == numbers(0, 4) || events.empty() || events == numbers(0, 6));
    EXPECT_EQ(events.size() + ProducerRef<int>(producer).buffered_count().value(), 6u);
}

TEST_F(SubscriptionTest, MayBeMadeAtStartWithAndWithoutWaiting) {
    const auto consumer = start<Recorder<>>({.subscribe_to = {{producer}}}, got);
    const auto second = start<Pusher<>>();
    const auto third = start<Pusher<>>();
    EXPECT_TRUE(ConsumerRef<int>(consumer).subscribe(second).has_value());
    ConsumerRef<int>(consumer).subscribe_async(third);
    settle();
    EXPECT_EQ(got->subscriptions.size(), 3u);
    for (const auto& each : {producer, second, third}) each.cast(numbers(1, 2));
    settle();
    EXPECT_THAT(got->events(), ElementsAre(1, 1, 1));
}

TEST_F(SubscriptionTest, TheSameProducerMayBeSubscribedToTwice) {
    start<Recorder<>>({.subscribe_to = {{producer, {.max_demand = 2}}}}, got);
    const auto consumer = start<Recorder<>>(
        {.subscribe_to = {{producer, {.max_demand = 2}}, {producer, {.max_demand = 2}}}}, got);
    producer.cast(numbers(0, 20));
    settle();
    auto events = got->events();
    std::sort(events.begin(), events.end());
    EXPECT_EQ(events, numbers(0, 20));
}

/// Subscribes again when its subscription ends.
class Faithful : public Consumer<int> {
public:
    explicit Faithful(StageRef<Pusher<>> to, std::shared_ptr<std::vector<int>> got)
        : to_(std::move(to)), got_(std::move(got)) {}
    InitResult init(Options& options) override {
        options.subscribe_to.push_back({to_, {.cancel = CancelMode::temporary}});
        return InitResult::started();
    }
    Reaction<> handle_events(std::vector<int> events, const Subscription& producer) override {
        got_->insert(got_->end(), events.begin(), events.end());
        cancel(producer, StopReason::normal());
        return none();
    }
    Reaction<> handle_cancelled(const Subscription&, const CancelReason&) override {
        subscribe(to_, {.cancel = CancelMode::temporary});
        return none();
    }

private:
    StageRef<Pusher<>> to_;
    std::shared_ptr<std::vector<int>> got_;
};

TEST_F(SubscriptionTest, AConsumerMaySubscribeAgain) {
    const auto events = std::make_shared<std::vector<int>>();
    start<Faithful>({}, producer, events);
    for (int i = 0; i < 5; ++i) {
        producer.cast(numbers(i, i + 1));
        settle();
    }
    EXPECT_EQ(*events, numbers(0, 5));
}

TEST_F(SubscriptionTest, AFinishedSourceReachesTheEndOfThePipelineWithoutLoss) {
    // Each stage is permanently subscribed: the end of the first ends all, behind the last event.
    const auto middle =
        start<Repeater<>>({.subscribe_to = {{producer, {.max_demand = 4}}}}, std::size_t{3});
    const auto consumer = start<Recorder<>>({.subscribe_to = {{middle, {.max_demand = 2}}}}, got);
    settle();
    producer.cast(numbers(0, 4));
    producer.cast(StopReason::normal());
    settle();
    EXPECT_EQ(got->events().size(), 12u);
    EXPECT_FALSE(middle.is_alive());
    EXPECT_FALSE(consumer.is_alive());
}

}  // namespace
}  // namespace quantum
