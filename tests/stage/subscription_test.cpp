#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
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

struct BadDemandRow {
    const char* name;
    std::size_t max;
    std::optional<std::size_t> min;
    const char* message;
};
struct BadDemandTest : SubscriptionTest, testing::WithParamInterface<BadDemandRow> {
    SubscriptionOptions<int> options{.max_demand = GetParam().max, .min_demand = GetParam().min};
};

TEST_P(BadDemandTest, IsRefusedWithWhatIsAllowed) {
    const auto consumer = start<Recorder<>>({}, got);
    for (const auto& refused :
         {ConsumerRef<int>(consumer).subscribe(producer, options),
          ConsumerRef<int>(consumer).resubscribe(SubscriptionId{}, producer, options)}) {
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(refused.error().message, GetParam().message);
    }
    EXPECT_TRUE(consumer.is_alive());

    const auto started = stages.start<Recorder<>>({.subscribe_to = {{producer, options}}});
    ASSERT_FALSE(started.has_value());
    EXPECT_THAT(started.error().message, HasSubstr(GetParam().message));
}

TEST_P(BadDemandTest, EndsASubscriptionNobodyWaitsFor) {
    const auto consumer = start<Recorder<>>({}, got);
    options.cancel = CancelMode::temporary;
    ConsumerRef<int>(consumer).subscribe_async(producer, options);
    settle();
    EXPECT_THAT(got->notes, ElementsAre("cancel error: " + std::string(GetParam().message)));
    EXPECT_TRUE(consumer.is_alive());
    EXPECT_THAT(pushed->notes, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadDemandTest,
    testing::Values(BadDemandRow{"NoDemand", 0, std::nullopt, "max_demand: 0 is below 1"},
                    BadDemandRow{"MinAsHighAsMax", 10, 10,
                                 "min_demand: 10 is above 9, which is max_demand - 1"},
                    BadDemandRow{"MinAboveTheDefault", 1000, 2000,
                                 "min_demand: 2000 is above 999, which is max_demand - 1"}),
    [](const auto& row) { return row.param.name; });

TEST_F(SubscriptionTest, ResubscribingReplacesASubscriptionWithoutStoppingTheStage) {
    const auto consumer = start<Recorder<>>({}, got);
    const ConsumerRef<int> as_consumer(consumer);
    const auto old = as_consumer.subscribe(producer, {.max_demand = 4}).value();
    settle();
    const auto replaced =
        as_consumer.resubscribe(old, producer, {.max_demand = 2}, StopReason::error("slower"));
    ASSERT_TRUE(replaced.has_value());
    EXPECT_NE(*replaced, old);
    settle();
    EXPECT_THAT(got->notes, ElementsAre("cancel error: slower"));
    EXPECT_TRUE(consumer.is_alive()) << "though the old one was permanent";
    producer.cast(numbers(0, 5));
    settle();
    EXPECT_EQ(got->events(), numbers(0, 5));
    EXPECT_LE(got->batches[0].size(), 2u);

    as_consumer.cancel(*replaced, StopReason::normal());
    settle();
    EXPECT_FALSE(consumer.is_alive()) << "the new one is permanent again";
}

TEST_F(SubscriptionTest, ResubscribingInPlaceOfNothingSubscribes) {
    const auto consumer = start<Recorder<>>({}, got);
    ConsumerRef<int>(consumer).resubscribe_async(SubscriptionId{12345}, producer);
    settle();
    producer.cast(numbers(0, 3));
    settle();
    EXPECT_EQ(got->events(), numbers(0, 3));
    EXPECT_THAT(got->notes, IsEmpty());
}

TEST_F(SubscriptionTest, AStageMaySubscribeToNobody) {
    class Lost : public Recorder<> {
    public:
        using Recorder::handle_cast;
        using Recorder::Recorder;
        Reaction<> handle_cast(std::string) {
            subscribe({}, {.cancel = CancelMode::temporary});
            return none();
        }
    };
    const auto consumer = start<Lost>({}, got);
    consumer.cast(std::string("subscribe"));
    settle();
    EXPECT_THAT(got->notes, ElementsAre("down not running"));
    EXPECT_TRUE(consumer.is_alive());
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

TEST_F(SubscriptionTest, AReferenceToAStageDoesWhatThatToItsSideDoes) {
    const auto counter = start<Counter>({.demand = DemandForwarding::accumulate});
    const auto consumer = start<Recorder<>>({}, got);
    got->mode = DemandMode::manual;
    const auto subscription =
        consumer.subscribe(counter, {.max_demand = 10, .cancel = CancelMode::temporary});
    ASSERT_TRUE(subscription) << subscription.error().message;
    consumer.cast(Recorder<>::Ask{3});
    settle();
    EXPECT_THAT(got->events(), IsEmpty());
    EXPECT_EQ(counter.demand().value(), DemandForwarding::accumulate);
    counter.set_demand(DemandForwarding::forward);
    settle();
    EXPECT_EQ(got->events(), numbers(0, 3));
    consumer.cancel(*subscription);
    settle();
    EXPECT_THAT(got->notes, ElementsAre("cancel normal"));

    consumer.subscribe_async(producer, {.cancel = CancelMode::temporary});
    producer.cast(numbers(0, 4));
    settle();
    EXPECT_EQ(producer.buffered_count().value(), 4u);
    EXPECT_EQ(producer.discarded_count().value(), 0u);
    EXPECT_EQ(consumer.subscribe(producer, {.max_demand = 0}).error().code,
              ErrorCode::invalid_argument);
}

template <class S>
concept can_set_demand = requires(const StageRef<S>& stage) {
    stage.set_demand(DemandForwarding::forward);
};
template <class S>
concept can_subscribe = requires(const StageRef<S>& stage, ProducerRef<int> to) {
    stage.subscribe(to);
};
static_assert(can_set_demand<Counter> && can_set_demand<Repeater<>> && !can_set_demand<Recorder<>>);
static_assert(can_subscribe<Recorder<>> && can_subscribe<Repeater<>> && !can_subscribe<Counter>);

TEST_F(SubscriptionTest, ConsumersOfTwoSystemsAreTwoConsumers) {
    StageSystem others(runtime, clock);
    const auto counter = start<Counter>();
    std::vector<std::shared_ptr<Recorder<>::Journal>> journals;
    std::vector<StageRef<Recorder<>>> consumers;
    for (StageSystem* system : {&stages, &others}) {
        journals.push_back(std::make_shared<Recorder<>::Journal>());
        journals.back()->mode = DemandMode::manual;
        consumers.push_back(
            *system->start<Recorder<>>({.subscribe_to = {{counter}}}, journals.back()));
        consumers.back().cast(Recorder<>::Ask{2});
    }
    settle();
    for (const auto& journal : journals) {
        ASSERT_EQ(journal->events().size(), 2u);
        EXPECT_NE(journal->events(), journals[&journal == journals.data() ? 1 : 0]->events());
    }
    ASSERT_TRUE(consumers[0].stop());
    consumers[1].cast(Recorder<>::Ask{1});
    settle();
    EXPECT_EQ(journals[1]->events().size(), 3u);
}

}  // namespace
}  // namespace quantum
