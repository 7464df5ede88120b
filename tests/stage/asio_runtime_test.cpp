#include "stage/asio_runtime.hpp"

#include <atomic>
#include <numeric>
#include <thread>

#include <gtest/gtest.h>

#include "base/event_loop.hpp"
#include "base/system_clock.hpp"
#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

struct Sum {
    using Reply = long;
};
struct Wait {
    using Reply = int;
};

class Totaliser : public Consumer<int> {
public:
    explicit Totaliser(std::size_t until) : until_(until) {}
    Reaction<> handle_events(std::vector<int> events, const Subscription&) override {
        count_ += events.size();
        sum_ = std::accumulate(events.begin(), events.end(), sum_);
        if (count_ >= until_ && done_) done_->reply(sum_);
        return none();
    }
    Reaction<> handle_call(Sum, From<long> from) {
        if (count_ >= until_) {
            from.reply(sum_);
        } else {
            done_ = std::move(from);
        }
        return none();
    }

private:
    std::size_t until_;
    std::size_t count_ = 0;
    long sum_ = 0;
    std::optional<From<long>> done_;
};

/// Emits 0 … limit-1 and then nothing.
class Limited : public Producer<int> {
public:
    explicit Limited(int limit) : limit_(limit) {}
    Reaction<int> handle_demand(std::size_t count) override {
        std::vector<int> events;
        for (; count > 0 && next_ < limit_; --count) events.push_back(next_++);
        return emit(std::move(events));
    }
    Reaction<int> handle_call(Wait, From<int> from) {
        kept_ = std::move(from);
        return none();
    }

private:
    int limit_;
    int next_ = 0;
    From<int> kept_;
};

struct AsioRuntimeTest : testing::TestWithParam<std::size_t> {
    base::EventLoop loop;
    std::unique_ptr<base::SystemClock> clock = base::SystemClock::create(loop).value();
    stage::AsioRuntime runtime{loop, GetParam()};
    StageSystem stages{runtime, *clock};

    void SetUp() override { loop.start(GetParam()); }
    void TearDown() override {
        EXPECT_TRUE(stages.shutdown().has_value());
        loop.stop();
    }
};

TEST_P(AsioRuntimeTest, EveryEventArrivesOnceInOrder) {
    constexpr int count = 200'000;
    const auto producer = stages.start<Limited>({}, count).value();
    const auto middle = stages.start<Repeater<>>({.subscribe_to = {{producer}}}).value();
    const auto sink =
        stages.start<Totaliser>({.subscribe_to = {{middle}}}, std::size_t{count}).value();
    EXPECT_EQ(sink.call(Sum{}).value(), long{count} * (count - 1) / 2);
}

TEST_P(AsioRuntimeTest, ACallTimesOutByTheClock) {
    const auto producer = stages.start<Limited>({}, 1).value();
    const auto answer = producer.call(Wait{}, 5ms);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, ErrorCode::timed_out);
}

TEST_P(AsioRuntimeTest, CallsOfManyThreadsAreAllAnswered) {
    struct Echo {
        using Reply = int;
        int number;
    };
    class Echoer : public Consumer<int> {
    public:
        Reaction<> handle_events(std::vector<int>, const Subscription&) override { return none(); }
        Reaction<> handle_call(Echo request, From<int> from) {
            from.reply(request.number);
            return none();
        }
    };
    const auto echoer = stages.start<Echoer>().value();
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 500; ++i) {
                if (echoer.call(Echo{t * 1000 + i}) == Result<int>(t * 1000 + i)) ++right;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(right, 2000);
}

INSTANTIATE_TEST_SUITE_P(Threads, AsioRuntimeTest, testing::Values(1u, 3u));

}  // namespace
}  // namespace quantum
