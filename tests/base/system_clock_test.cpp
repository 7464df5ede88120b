#include "base/system_clock.hpp"

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/event_loop.hpp"
#include "base/fake_kernel_timers.hpp"

namespace quantum::base {
namespace {

using namespace std::chrono_literals;

/// The clock over kernel timers that the test moves.
struct SystemClockTest : testing::Test {
    FakeKernelTimers* kernel = new FakeKernelTimers;
    SystemClock clock{std::unique_ptr<KernelTimers>(kernel)};
    WallTime start = kernel->wall;
    std::string log;
    std::vector<ClockStep> steps;

    Clock::Callback note(char name) {
        return [this, name] { log.push_back(name); };
    }
    Clock::ListenerId listen() {
        return clock.on_step([this](const ClockStep& step) { steps.push_back(step); });
    }
};

TEST_F(SystemClockTest, CallsTimersInOrderAndNeverEarly) {
    (void)clock.wake_at(start + 3s, note('c'));
    (void)clock.wake_at(start + 1s, note('a'));
    (void)clock.wake_at(start + 1s, note('b'));
    kernel->pass(999'999us);
    EXPECT_EQ(log, "");
    kernel->pass(1us);
    EXPECT_EQ(log, "ab");
    kernel->pass(1s);
    EXPECT_EQ(log, "ab");
    kernel->pass(1s);
    EXPECT_EQ(log, "abc");
}

TEST_F(SystemClockTest, AnExpiryBeforeTheDueTimeOnlyArmsAnew) {
    (void)clock.wake_at(start + 1s, note('a'));
    kernel->tell(KernelTimers::Event::wall_expired);
    EXPECT_EQ(log, "");
    EXPECT_EQ(kernel->armed_wall, start + 1s);
}

/// Wake-ups that come a while after what the timer was set for.
struct LateWakeUpsTest : SystemClockTest {
    WallTime due = start;

    void wake(Duration late) {
        due = kernel->wall + 1s;
        (void)clock.wake_at(due, note('a'));
        expire(late);
    }
    void expire(Duration late) { kernel->pass(*kernel->armed_wall - kernel->wall + late); }
    [[nodiscard]] Duration lead() {
        const WallTime next = kernel->wall + 1s;
        const auto timer = clock.wake_at(next, note('x'));
        const Duration lead = next - *kernel->armed_wall;
        clock.cancel(timer);
        return lead;
    }
};

TEST_F(LateWakeUpsTest, MakeTheTimerBeSetThatMuchEarlier) {
    EXPECT_EQ(lead(), 0us);
    for (int i = 0; i < 50; ++i) wake(30us);
    EXPECT_EQ(log, std::string(50, 'a'));
    EXPECT_GE(lead(), 25us);
    EXPECT_LE(lead(), 30us);
}

TEST_F(LateWakeUpsTest, MakeItAtMostFiftyMicrosecondsEarlier) {
    for (int i = 0; i < 50; ++i) wake(400us);
    EXPECT_EQ(lead(), 50us);
}

TEST_F(LateWakeUpsTest, SayNothingWhereTheThreadWasKeptFromRunning) {
    for (int i = 0; i < 50; ++i) wake(10ms);
    EXPECT_EQ(lead(), 0us);
}

TEST_F(LateWakeUpsTest, AnEarlyOneWaitsForTheDueTime) {
    for (int i = 0; i < 50; ++i) wake(30us);
    log.clear();
    kernel->tick = 1us;
    due = kernel->wall + 1s;
    WallTime called;
    (void)clock.wake_at(due, [&] { called = kernel->wall; });
    ASSERT_LT(*kernel->armed_wall, due - 20us);
    expire(0us);
    EXPECT_GE(called, due);
    EXPECT_LE(called, due + 10us);
}

TEST_F(LateWakeUpsTest, AnEarlyOneWaitsForNoClockThatStands) {
    for (int i = 0; i < 50; ++i) wake(30us);
    log.clear();
    wake(0us);
    EXPECT_EQ(log, "");
    ASSERT_TRUE(kernel->armed_wall);
    kernel->pass(due - kernel->wall);
    EXPECT_EQ(log, "a");
}

TEST_F(SystemClockTest, APastDueTimeIsCalledAtTheNextWakeNotInsideTheCall) {
    (void)clock.wake_at(start - 1h, note('a'));
    EXPECT_EQ(log, "");
    kernel->pass(0s);
    EXPECT_EQ(log, "a");
}

TEST_F(SystemClockTest, CancelsWhatHasNotRunAndNothingElse) {
    const auto first = clock.wake_at(start + 1s, note('a'));
    const auto second = clock.wake_at(start + 2s, note('b'));
    const auto third = clock.wake_after(2s, note('c'));
    EXPECT_TRUE(clock.cancel(first));
    EXPECT_FALSE(clock.cancel(first));
    EXPECT_TRUE(clock.cancel(third));
    kernel->pass(5s);
    EXPECT_EQ(log, "b");
    EXPECT_FALSE(clock.cancel(second));
    EXPECT_FALSE(clock.cancel(Clock::TimerId{0}));
}

TEST_F(SystemClockTest, ATimerCancelledByAnotherDueAtTheSameInstantDoesNotRun) {
    Clock::TimerId second{};
    (void)clock.wake_at(start + 1s, [&] { EXPECT_TRUE(clock.cancel(second)); });
    second = clock.wake_at(start + 1s, note('b'));
    kernel->pass(1s);
    EXPECT_EQ(log, "");
}

TEST_F(SystemClockTest, ArmsTheKernelOnlyWhenTheHeadChanges) {
    const int before = kernel->wall_armings;
    (void)clock.wake_at(start + 10s, note('a'));
    EXPECT_EQ(kernel->wall_armings, before + 1);
    for (int i = 0; i < 100; ++i) (void)clock.wake_at(start + 11s, note('b'));
    const auto last = clock.wake_at(start + 12s, note('c'));
    (void)clock.cancel(last);
    EXPECT_EQ(kernel->wall_armings, before + 1);
    (void)clock.wake_at(start + 9s, note('d'));
    EXPECT_EQ(kernel->wall_armings, before + 2);
    kernel->pass(11s);  // 102 callbacks at two instants in one wake
    EXPECT_EQ(kernel->wall_armings, before + 3);
    EXPECT_EQ(log.size(), 102U);
}

TEST_F(SystemClockTest, StaysArmedForTheFarFutureWithNothingDueAndStopsTheBootTimer) {
    EXPECT_EQ(kernel->armed_wall, WallTime::max());
    EXPECT_EQ(kernel->armed_boot, std::nullopt);
    const auto wall = clock.wake_at(start + 1s, note('a'));
    const auto boot = clock.wake_after(1s, note('b'));
    EXPECT_TRUE(kernel->armed_boot);
    (void)clock.cancel(wall);
    (void)clock.cancel(boot);
    EXPECT_EQ(kernel->armed_wall, WallTime::max());
    EXPECT_EQ(kernel->armed_boot, std::nullopt);
}

TEST_F(SystemClockTest, ACallbackThatAddsADueTimerEachTimeDoesNotKeepTheWakeForItself) {
    int calls = 0;
    std::function<void()> again = [&] {
        ++calls;
        (void)clock.wake_at(start, again);
    };
    (void)clock.wake_at(start + 1s, again);
    kernel->pass(1s);
    EXPECT_EQ(calls, 1);
    kernel->pass(0s);
    EXPECT_EQ(calls, 2);
}

TEST_F(SystemClockTest, ATimerForTheSameInstantAddedWhileTheClockIsSetIsNotForgotten) {
    // The expiry drowns in the word of the setting, and the new head equals the spent one.
    (void)clock.wake_at(start + 1s, [&] { (void)clock.wake_at(start + 1s, note('a')); });
    kernel->wall = start + 10s;
    kernel->armed_wall.reset();
    kernel->tell(KernelTimers::Event::clock_set);
    kernel->pass(0s);
    EXPECT_EQ(log, "a");
}

TEST_F(SystemClockTest, AForwardStepIsToldBeforeWhatItMadeDue) {
    (void)clock.on_step([this](const ClockStep& step) {
        log += 's';
        steps.push_back(step);
    });
    (void)clock.wake_at(start + 1h, note('a'));
    kernel->pass(10s);
    kernel->set_wall(start + 2h);
    EXPECT_EQ(log, "sa");
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].before, start + 10s);
    EXPECT_EQ(steps[0].after, start + 2h);
}

TEST_F(SystemClockTest, ABackwardStepIsToldAndDelaysWallTimersButNotDelays) {
    listen();
    (void)clock.wake_at(start + 10s, note('w'));
    (void)clock.wake_after(10s, note('b'));
    kernel->set_wall(start - 1h);
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].size(), -1h);
    kernel->pass(10s);
    EXPECT_EQ(log, "b");
    kernel->pass(1h);
    EXPECT_EQ(log, "bw");
    EXPECT_EQ(steps.size(), 1U);
}

TEST_F(SystemClockTest, SuspendIsNoStep) {
    listen();
    (void)clock.wake_at(start + 10s, note('w'));
    (void)clock.wake_after(20s, note('b'));
    kernel->suspend(8h);
    EXPECT_EQ(log, "wb");
    EXPECT_TRUE(steps.empty());
}

TEST_F(SystemClockTest, StepsOfTwoSecondsAreSilentButAddUp) {
    listen();
    kernel->set_wall(kernel->wall + 2s);
    EXPECT_TRUE(steps.empty());
    kernel->set_wall(kernel->wall + 1us);
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].size(), 2s + 1us);
    kernel->set_wall(kernel->wall - 2s);
    EXPECT_EQ(steps.size(), 1U);
}

TEST_F(SystemClockTest, AnIgnoredListenerIsNotToldNotEvenOfTheStepAtHand) {
    Clock::ListenerId second{};
    (void)clock.on_step([&](const ClockStep&) { clock.ignore_steps(second); });
    second = listen();
    kernel->set_wall(start + 1h);
    EXPECT_TRUE(steps.empty());
}

TEST_F(SystemClockTest, ADelayOfAnyLengthIsTaken) {
    (void)clock.wake_after(Duration::max(), note('x'));
    (void)clock.wake_after(-5s, note('a'));
    (void)clock.wake_at(WallTime::max(), note('y'));
    (void)clock.wake_at(WallTime::min(), note('b'));
    kernel->pass(0s);
    EXPECT_EQ(log.size(), 2U);
}

/// The clock of this machine, with timers of a few milliseconds.
struct RealClockTest : testing::Test {
    EventLoop loop;
    std::unique_ptr<SystemClock> clock = std::move(SystemClock::create(loop)).value();
};

TEST_F(RealClockTest, WakesAtOrAfterTheDueTimeOnALoopThread) {
    loop.start(2);
    for (int i = 0; i < 20; ++i) {
        std::promise<void> woken;
        const WallTime due = clock->wall_now() + Duration(500 * i);
        (void)clock->wake_at(due, [&] {
            EXPECT_GE(clock->wall_now(), due);
            EXPECT_TRUE(loop.on_loop_thread());
            woken.set_value();
        });
        ASSERT_EQ(woken.get_future().wait_for(30s), std::future_status::ready);
    }
    loop.stop();
}

TEST_F(RealClockTest, DelaysArePassedInFull) {
    loop.start(1);
    std::promise<BootTime> woken;
    const BootTime before = clock->boot_now();
    (void)clock->wake_after(5ms, [&] { woken.set_value(clock->boot_now()); });
    EXPECT_GE(woken.get_future().get() - before, 5ms);
    loop.stop();
}

TEST_F(RealClockTest, ThreadsThatAddAndCancelAtOnceLoseNothing) {
    loop.start(2);
    std::atomic<int> ran = 0;
    std::atomic<int> cancelled = 0;
    constexpr int threads = 4;
    constexpr int each = 500;
    std::promise<void> all;
    const auto one_done = [&](std::atomic<int>& counter) {
        ++counter;
        if (ran + cancelled == threads * each) {
            // Two may see the last one; the promise takes only one.
            static std::atomic<bool> told;
            if (!told.exchange(true)) all.set_value();
        }
    };
    std::vector<std::thread> adders;
    for (int t = 0; t < threads; ++t) {
        adders.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                const auto callback = [&] { one_done(ran); };
                const auto timer = (i + t) % 2 == 0
                                       ? clock->wake_at(clock->wall_now() + Duration(i), callback)
                                       : clock->wake_after(Duration(i), callback);
                if (i % 3 == 0 && clock->cancel(timer)) one_done(cancelled);
            }
        });
    }
    for (auto& adder : adders) adder.join();
    EXPECT_EQ(all.get_future().wait_for(60s), std::future_status::ready);
    EXPECT_EQ(ran + cancelled, threads * each);
    loop.stop();
}

TEST_F(RealClockTest, NoCallbackRunsAfterTheClockIsGone) {
    loop.start(2);
    for (int round = 0; round < 200; ++round) {
        auto own = std::move(SystemClock::create(loop)).value();
        std::atomic<bool> gone = false;
        for (int i = 0; i < 8; ++i) {
            (void)own->wake_after(Duration(i * 10), [&] { EXPECT_FALSE(gone); });
        }
        own.reset();
        gone = true;
    }
    loop.stop();
}

TEST(OwnSystemClock, HasAThreadOfItsOwn) {
    const auto made = SystemClock::start();
    ASSERT_TRUE(made) << made.error().message;
    SystemClock& clock = **made;
    std::promise<std::thread::id> first;
    std::promise<std::thread::id> second;
    (void)clock.wake_after(1ms, [&] {
        first.set_value(std::this_thread::get_id());
        (void)clock.wake_at(clock.wall_now(),
                            [&] { second.set_value(std::this_thread::get_id()); });
    });
    auto by_first = first.get_future();
    auto by_second = second.get_future();
    ASSERT_EQ(by_first.wait_for(30s), std::future_status::ready);
    ASSERT_EQ(by_second.wait_for(30s), std::future_status::ready);
    const std::thread::id own = by_first.get();
    EXPECT_NE(own, std::this_thread::get_id());
    EXPECT_EQ(own, by_second.get());
}

TEST(OwnSystemClock, NoCallbackRunsAfterIt) {
    for (int round = 0; round < 100; ++round) {
        auto clock = std::move(SystemClock::start()).value();
        std::atomic<bool> gone = false;
        for (int i = 0; i < 8; ++i) {
            (void)clock->wake_after(Duration(i * 10), [&] { EXPECT_FALSE(gone); });
        }
        clock.reset();
        gone = true;
    }
}

}  // namespace
}  // namespace quantum::base
