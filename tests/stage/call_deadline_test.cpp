// A call is over when its time is, whatever the threads of the stages do meanwhile.
#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/stages/stage_threads.hpp"
#include "quantum/testing/simulated_clock.hpp"

#include "base/event_loop.hpp"
#include "stage/asio_runtime.hpp"
#include "stage/stage_fixture.hpp"

namespace quantum {
namespace {

using testing::HasSubstr;

constexpr auto bound = 20s;

struct Echo {
    using Reply = int;
    int number = 0;
};
/// Replies when `until` opens, or before it waits for that.
struct Hang {
    using Reply = int;
    std::shared_ptr<std::latch> entered = nullptr;
    std::shared_ptr<std::latch> until = nullptr;
    bool replies_first = false;
};
struct NeverReply {
    using Reply = int;
    std::shared_ptr<std::latch> entered;
};
struct ShutDown {
    using Reply = std::string;
};

class Callee : public Consumer<int> {
public:
    Reaction<> handle_events(std::vector<int>, const Subscription&) override { return none(); }
    Reaction<> handle_call(Echo request, From<int> from) {
        ++seen;
        from.reply(request.number);
        return none();
    }
    Reaction<> handle_call(Hang request, From<int> from) {
        if (request.replies_first) from.reply(7);
        request.entered->count_down();
        request.until->wait();
        if (!request.replies_first) from.reply(7);
        return none();
    }
    Reaction<> handle_call(NeverReply request, From<int> from) {
        kept_ = std::move(from);
        request.entered->count_down();
        return none();
    }
    Reaction<> handle_call(ShutDown, From<std::string> from) {
        const Status ended = system().shutdown();
        from.reply(ended ? "ended" : ended.error().message);
        return none();
    }

    static inline std::atomic<int> seen{0};

private:
    From<int> kept_;
};

/// All threads of the stages are in handlers that do not return.
struct BusyThreads : testing::TestWithParam<std::size_t> {
    std::unique_ptr<StageThreads> threads = StageThreads::start(GetParam()).value();
    StageSystem stages{threads->runtime(), threads->clock()};
    std::shared_ptr<std::latch> until = std::make_shared<std::latch>(1);
    std::vector<StageRef<Callee>> callees;
    std::vector<std::future<Result<int>>> hung;

    void hang_all() {
        auto entered = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(GetParam()));
        for (std::size_t i = 0; i < GetParam(); ++i) {
            callees.push_back(stages.start<Callee>().value());
            auto answered = std::make_shared<std::promise<Result<int>>>();
            hung.push_back(answered->get_future());
            callees.back().call_then(Hang{entered, until}, [answered](Result<int> answer) {
                answered->set_value(std::move(answer));
            });
        }
        entered->wait();
    }
    /// What `ask` gives, though it should hang.
    template <class Ask>
    auto in_time(Ask ask) {
        auto answer = std::async(std::launch::async, std::move(ask));
        EXPECT_EQ(answer.wait_for(bound), std::future_status::ready) << "it waits for the handler";
        if (answer.wait_for(0s) != std::future_status::ready) until->count_down();
        return answer.get();
    }
    void TearDown() override {
        if (!until->try_wait()) until->count_down();
        for (auto& one : hung) EXPECT_TRUE(one.get());
        EXPECT_TRUE(stages.shutdown(1min));
    }
};

TEST_P(BusyThreads, DoNotHoldUpACallBeyondItsTime) {
    hang_all();
    const auto answer = in_time([&] { return callees[0].call(Echo{1}, 20ms); });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::timed_out);
    EXPECT_THAT(answer.error().message, HasSubstr("no answer from stage"));
    EXPECT_FALSE(until->try_wait());
}

TEST_P(BusyThreads, DoNotHoldUpAStopOrAWaitEither) {
    hang_all();
    const auto stopped = in_time([&] { return callees[0].stop(StopReason::normal(), 10ms); });
    EXPECT_EQ(stopped.error().code, ErrorCode::timed_out);
    const auto ended = in_time([&] { return callees[0].wait(10ms); });
    EXPECT_EQ(ended.error().code, ErrorCode::timed_out);
    const auto all = in_time([&] { return stages.shutdown(10ms); });
    EXPECT_EQ(all.error().code, ErrorCode::timed_out);
    EXPECT_FALSE(until->try_wait());
}

// The reply is stored, and waits until the handler is done.
TEST_P(BusyThreads, AReplyThatIsNotOutYetIsNotWaitedFor) {
    const auto first = stages.start<Callee>().value();
    auto entered = std::make_shared<std::latch>(1);
    const auto answer = in_time([&] { return first.call(Hang{entered, until, true}, 50ms); });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::timed_out);
    EXPECT_FALSE(until->try_wait());
}

TEST_P(BusyThreads, AStageCannotEndTheSystemThatItIsAPartOf) {
    const auto callee = stages.start<Callee>().value();
    EXPECT_THAT(callee.call(ShutDown{}, 1min).value(), HasSubstr("would wait for itself"));
}

INSTANTIATE_TEST_SUITE_P(Threads, BusyThreads, testing::Values(1U, 2U),
                         [](const auto& row) { return std::to_string(row.param); });

TEST(CallDeadline, WithoutAnyTimeARequestIsSentAndNotWaitedFor) {
    const auto threads = StageThreads::start(1).value();
    StageSystem stages(threads->runtime(), threads->clock());
    const auto callee = stages.start<Callee>().value();
    Callee::seen = 0;
    for (int i = 0; i < 200; ++i) {
        const auto answer = callee.call(Echo{i}, 0ms);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, ErrorCode::timed_out);
    }
    EXPECT_EQ(callee.call(Echo{1}, 1min).value(), 1);
    EXPECT_EQ(Callee::seen, 201);
}

TEST(CallDeadline, IsThatOfAClockThatIsMovedByHand) {
    SimulatedClock clock(WallTime{});
    base::EventLoop loop;
    stage::AsioRuntime runtime(loop, 1);
    StageSystem stages(runtime, clock);
    loop.start(1);
    const auto callee = stages.start<Callee>().value();
    auto entered = std::make_shared<std::latch>(1);
    auto answer =
        std::async(std::launch::async, [&] { return callee.call(NeverReply{entered}, 1h); });
    entered->wait();
    while (clock.pending_timers() == 0) std::this_thread::yield();
    clock.advance(59min);
    EXPECT_EQ(answer.wait_for(0s), std::future_status::timeout);
    clock.advance(1min);
    ASSERT_EQ(answer.wait_for(bound), std::future_status::ready);
    EXPECT_EQ(answer.get().error().code, ErrorCode::timed_out);
    EXPECT_EQ(clock.pending_timers(), 0U);
    EXPECT_TRUE(callee.stop(StopReason::normal(), 1min));
    loop.stop();
}

struct DrivenCall : StageTest {};

/// Moves the clock while it is run.
class Tick final : public Runnable {
public:
    explicit Tick(ManualClock& clock) : clock_(clock) {}
    bool run(std::size_t) override {
        clock_.advance(1s);
        return true;
    }

private:
    ManualClock& clock_;
};

TEST_F(DrivenCall, EndsWhenTheClockSaysSoThoughThereIsMoreToRun) {
    const auto callee = start<Callee>();
    runtime.post(std::make_shared<Tick>(clock));
    const auto answer = callee.call(NeverReply{std::make_shared<std::latch>(1)}, 10s);
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, HasSubstr("in time"));
    EXPECT_EQ(clock.boot_now(), BootTime(10s));
    EXPECT_EQ(clock.timers(), 0U);
}

TEST_F(DrivenCall, RunsNothingWithoutAnyTime) {
    const auto callee = start<Callee>();
    settle();
    const auto turns = runtime.turns();
    EXPECT_EQ(callee.call(Echo{1}, 0s).error().code, ErrorCode::timed_out);
    EXPECT_EQ(runtime.turns(), turns);
}

}  // namespace
}  // namespace quantum
