#include "base/event_loop.hpp"

#include <atomic>
#include <csignal>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace quantum::base {
namespace {

using namespace std::chrono_literals;

TEST(EventLoop, RunsPostedWorkInOrderOnTheCallingThread) {
    EventLoop loop;
    std::vector<int> order;
    loop.post([&] { order.push_back(1); });
    loop.post([&] {
        order.push_back(2);
        loop.post([&] {
            order.push_back(3);
            EXPECT_TRUE(loop.on_loop_thread());
            loop.stop();
        });
        EXPECT_EQ(order.size(), 2U);  // post never runs inside itself
    });
    EXPECT_FALSE(loop.on_loop_thread());
    loop.run();
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(EventLoop, UsesAsManyThreadsAsItWasGiven) {
    EventLoop loop;
    loop.start(2);
    // Each piece of work waits for the other: one thread alone would never get through.
    std::promise<void> first;
    std::promise<void> second;
    loop.post([&] {
        first.set_value();
        EXPECT_EQ(second.get_future().wait_for(30s), std::future_status::ready);
    });
    auto first_future = first.get_future();
    std::promise<void> done;
    loop.post([&] {
        EXPECT_EQ(first_future.wait_for(30s), std::future_status::ready);
        second.set_value();
        done.set_value();
    });
    EXPECT_EQ(done.get_future().wait_for(60s), std::future_status::ready);
    loop.stop();
}

TEST(EventLoop, StopWithinATimeDoesNotWaitBeyondItForWorkThatGoesOn) {
    EventLoop loop;
    loop.start(2);
    std::promise<void> entered;
    std::promise<void> go_on;
    std::promise<bool> stopped_inside;
    loop.post([&] {
        entered.set_value();
        go_on.get_future().wait();
        stopped_inside.set_value(loop.stop_within(0s));
    });
    entered.get_future().wait();
    EXPECT_FALSE(loop.stop_within(1ms));
    EXPECT_FALSE(loop.stop_within(0s));
    go_on.set_value();
    EXPECT_TRUE(stopped_inside.get_future().get()) << "it cannot wait for itself";
    EXPECT_TRUE(loop.stop_within(60s));
    EXPECT_TRUE(loop.stop_within(0s));
}

TEST(EventLoop, StopIsSafeBeforeStartTwiceAndFromManyThreads) {
    EventLoop loop;
    loop.stop();
    loop.start(2);
    loop.run();  // returns at once
    std::thread other([&] { loop.stop(); });
    loop.stop();
    other.join();
    loop.stop();
}

TEST(EventLoop, NothingRunsAfterStopReturned) {
    for (int round = 0; round < 200; ++round) {
        std::atomic<bool> stopped = false;
        std::atomic<bool> late = false;
        EventLoop loop;
        loop.start(2);
        std::function<void()> again = [&] {
            if (stopped) late = true;
            loop.post(again);
        };
        loop.post(again);
        loop.stop();
        stopped = true;
        EXPECT_FALSE(late);
    }
}

TEST(EventLoop, DestroysWorkThatNeverRan) {
    auto token = std::make_shared<int>(0);
    {
        EventLoop loop;
        loop.post([token] {});
    }
    EXPECT_EQ(token.use_count(), 1);
}

TEST(EventLoop, ItsThreadsBlockSignalsAndTheCallersMaskIsUnchanged) {
    EventLoop loop;
    sigset_t before;
    sigset_t after;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    loop.start(1);
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    EXPECT_EQ(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
    std::promise<bool> blocked;
    loop.post([&] {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        blocked.set_value(sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1);
    });
    EXPECT_TRUE(blocked.get_future().get());
    loop.stop();
}

}  // namespace
}  // namespace quantum::base
