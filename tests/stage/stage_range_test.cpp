#include "quantum/stages/stage_range.hpp"

#include <list>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/stages/stage_threads.hpp"

#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct StageRangeTest : StageTest {
    std::vector<int> collect(const ProducerRef<int>& producer, std::size_t max_demand) {
        auto stream = stream_of<int>(stages, {{producer, {.max_demand = max_demand}}});
        EXPECT_TRUE(stream.has_value());
        std::vector<int> out;
        for (const int number : *stream) out.push_back(number);
        EXPECT_FALSE(stream->error().has_value());
        return out;
    }
};

TEST_F(StageRangeTest, ARangeBecomesASourceAndAPipelineARange) {
    for (const std::size_t max_demand : {1u, 7u, 1000u}) {
        const auto source = start_source(stages, numbers(0, 100)).value();
        const auto middle = start<Repeater<>>(
            {.subscribe_to = {{source, {.max_demand = max_demand}}}}, std::size_t{2});
        const auto got = collect(middle, max_demand);
        ASSERT_EQ(got.size(), 200u);
        for (int i = 0; i < 200; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], i / 2);
        settle();
        EXPECT_EQ(stages.size(), 0u);
    }
}

TEST_F(StageRangeTest, AnEmptyRangeIsAnEmptyPipeline) {
    EXPECT_THAT(collect(start_source(stages, std::list<int>{}).value(), 10), IsEmpty());
}

TEST_F(StageRangeTest, AStreamMergesSeveralProducers) {
    const auto first = start_source(stages, numbers(0, 10)).value();
    const auto second = start_source(stages, numbers(10, 20)).value();
    auto stream = stream_of<int>(stages, {{first}, {second}});
    std::vector<int> got;
    for (const int number : *stream) got.push_back(number);
    std::sort(got.begin(), got.end());
    EXPECT_EQ(got, numbers(0, 20));
}

TEST_F(StageRangeTest, AStreamThatIsLeftEarlyStopsAsking) {
    const auto asked = std::make_shared<Counter::Journal>();
    const auto producer = start<Counter>({}, asked);
    {
        auto stream = stream_of<int>(stages, {{producer, {.max_demand = 5}}});
        for (const int number : *stream) {
            if (number == 3) break;
        }
    }
    settle();
    EXPECT_EQ(stages.size(), 1u);
    EXPECT_LE(asked->demands.size(), 3u);
}

TEST_F(StageRangeTest, AStreamWhoseProducerFailsGivesWhatCameAndSaysWhy) {
    const auto producer = start<Pusher<>>();
    auto stream = stream_of<int>(stages, {{producer}});
    producer.cast(numbers(0, 3));
    producer.cast(StopReason::error("disk full"));
    std::vector<int> got;
    for (const int number : *stream) got.push_back(number);
    EXPECT_EQ(got, numbers(0, 3));
    ASSERT_TRUE(stream->error().has_value());
    EXPECT_EQ(stream->error()->message, "a producer ended: error: disk full");
}

TEST_F(StageRangeTest, AStreamThatCanGetNoMoreSaysSo) {
    const auto producer = start<Pusher<>>();
    auto stream = stream_of<int>(stages, {{producer}});
    for (const int number : *stream) FAIL() << number;
    ASSERT_TRUE(stream->error().has_value());
    EXPECT_EQ(stream->error()->code, ErrorCode::timed_out);
}

TEST(StageThreadsTest, AWholePipelineOnRealThreads) {
    const auto threads = StageThreads::start(2).value();
    StageSystem stages(threads->runtime(), threads->clock());
    const auto source = start_source(stages, numbers(0, 10'000)).value();
    const auto middle = stages.start<Repeater<>>({.subscribe_to = {{source}}}).value();
    auto stream = stream_of<int>(stages, {{middle}});
    std::vector<int> got;
    for (const int number : *stream) got.push_back(number);
    EXPECT_EQ(got, numbers(0, 10'000));
}

}  // namespace
}  // namespace quantum
