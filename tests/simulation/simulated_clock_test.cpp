#include "quantum/testing/simulated_clock.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/instants.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct SimulatedClockTest : testing::Test {
    SimulatedClock clock{at("2024-02-28 23:50:00")};
    std::vector<std::string> seen;

    Clock::Callback note(const std::string& name) {
        return [this, name] { seen.push_back(name + " " + spaced(clock.wall_now())); };
    }
    Clock::TimerId wake(const std::string& when, const std::string& name) {
        return clock.wake_at(at(when), note(name));
    }
};

TEST_F(SimulatedClockTest, AdvanceStopsAtEachTimerInOrder) {
    static_cast<void>(wake("2024-02-29 00:00:00", "second"));
    static_cast<void>(wake("2024-02-28 23:55:00", "first"));
    static_cast<void>(clock.wake_after(20min, note("third")));
    clock.advance(1h);
    EXPECT_THAT(seen, ElementsAre("first 2024-02-28 23:55:00", "second 2024-02-29 00:00:00",
                                  "third 2024-02-29 00:10:00"));
    EXPECT_EQ(clock.wall_now(), at("2024-02-29 00:50:00"));
}

TEST_F(SimulatedClockTest, TimersOfOneInstantRunInTheOrderTheyWereSet) {
    for (const char* name : {"a", "b", "c"}) static_cast<void>(wake("2024-02-28 23:51:00", name));
    clock.advance(1min);
    EXPECT_THAT(seen, ElementsAre("a 2024-02-28 23:51:00", "b 2024-02-28 23:51:00",
                                  "c 2024-02-28 23:51:00"));
}

TEST_F(SimulatedClockTest, ATimerSetByATimerRunsInTheSameAdvance) {
    static_cast<void>(clock.wake_after(1min, [this] {
        static_cast<void>(clock.wake_after(1min, note("later")));
        static_cast<void>(clock.wake_after(0min, note("at once")));
    }));
    clock.advance(5min);
    EXPECT_THAT(seen, ElementsAre("at once 2024-02-28 23:51:00", "later 2024-02-28 23:52:00"));
}

TEST_F(SimulatedClockTest, ATimerThatIsDueAlreadyRunsAtOnceButNotInsideTheCall) {
    static_cast<void>(wake("2020-01-01 00:00:00", "past"));
    EXPECT_THAT(seen, IsEmpty());
    clock.advance(0s);
    EXPECT_THAT(seen, ElementsAre("past 2024-02-28 23:50:00"));
}

TEST_F(SimulatedClockTest, ACancelledTimerNeverRuns) {
    const auto timer = wake("2024-02-28 23:51:00", "cancelled");
    EXPECT_TRUE(clock.cancel(timer));
    EXPECT_FALSE(clock.cancel(timer));
    const auto delay = clock.wake_after(1min, note("cancelled too"));
    EXPECT_TRUE(clock.cancel(delay));
    clock.advance(5min);
    EXPECT_THAT(seen, IsEmpty());
    EXPECT_FALSE(clock.cancel(Clock::TimerId{12345}));
    EXPECT_EQ(clock.pending_timers(), 0u);
}

TEST_F(SimulatedClockTest, SettingTheWallForwardRunsWallTimersAndNotDelays) {
    static_cast<void>(wake("2024-02-29 00:00:00", "wall"));
    static_cast<void>(clock.wake_after(5min, note("delay")));
    const BootTime boot = clock.boot_now();
    clock.set_wall(at("2024-02-29 00:30:00"));
    EXPECT_EQ(clock.boot_now(), boot);
    EXPECT_THAT(seen, ElementsAre("wall 2024-02-29 00:30:00"));
    clock.advance(5min);
    EXPECT_THAT(seen, ElementsAre("wall 2024-02-29 00:30:00", "delay 2024-02-29 00:35:00"));
}

TEST_F(SimulatedClockTest, SettingTheWallBackPutsWallTimersOff) {
    static_cast<void>(wake("2024-02-29 00:00:00", "wall"));
    clock.set_wall(at("2024-02-28 22:00:00"));
    clock.advance(1h);
    EXPECT_THAT(seen, IsEmpty());
    clock.advance(1h);
    EXPECT_THAT(seen, ElementsAre("wall 2024-02-29 00:00:00"));
}

TEST_F(SimulatedClockTest, SuspendMovesBothClocksAndRunsTimersLate) {
    static_cast<void>(wake("2024-02-28 23:55:00", "wall"));
    static_cast<void>(clock.wake_after(1min, note("delay")));
    int steps = 0;
    static_cast<void>(clock.on_step([&](const ClockStep&) { ++steps; }));
    clock.suspend(1h);
    // The one that has been due longest comes first.
    EXPECT_THAT(seen, ElementsAre("delay 2024-02-29 00:50:00", "wall 2024-02-29 00:50:00"));
    EXPECT_EQ(clock.boot_now() - BootTime{}, 1h);
    EXPECT_EQ(steps, 0);
}

TEST_F(SimulatedClockTest, ListenersHearOfStepsBeforeTimersRunAndUntilTheyStopListening) {
    static_cast<void>(wake("2024-02-29 00:00:00", "timer"));
    Clock::ListenerId listener{};
    listener = clock.on_step([&](const ClockStep& step) {
        seen.push_back("step " + std::to_string(step.size() / 1s));
        clock.ignore_steps(listener);
    });
    clock.set_wall(at("2024-02-29 00:00:00"));
    clock.set_wall(at("2024-02-28 00:00:00"));
    EXPECT_THAT(seen, ElementsAre("step 600", "timer 2024-02-29 00:00:00"));
}

TEST_F(SimulatedClockTest, LetsTheRuntimeSettleBeforeTimeMoves) {
    std::vector<WallTime> settled;
    clock.settle_with([&] { settled.push_back(clock.wall_now()); });
    static_cast<void>(clock.wake_after(1min, [] {}));
    clock.advance(2min);
    EXPECT_EQ(settled.front(), at("2024-02-28 23:50:00"));
    EXPECT_EQ(settled.back(), at("2024-02-28 23:52:00"));
    EXPECT_TRUE(std::count(settled.begin(), settled.end(), at("2024-02-28 23:51:00")) >= 2);
}

TEST_F(SimulatedClockTest, ATimerIsNeverEarlyWhateverIsDone) {
    std::mt19937 draw(7);
    const auto number = [&](int low, int high) {
        return std::uniform_int_distribution<int>(low, high)(draw);
    };
    int ran = 0;
    for (int i = 0; i < 2000; ++i) {
        const WallTime due = clock.wall_now() + std::chrono::seconds(number(-100, 5000));
        static_cast<void>(clock.wake_at(due, [this, due, &ran] {
            EXPECT_GE(clock.wall_now(), due);
            ++ran;
        }));
        const BootTime until = clock.boot_now() + std::chrono::seconds(number(0, 5000));
        static_cast<void>(clock.wake_after(until - clock.boot_now(), [this, until, &ran] {
            EXPECT_GE(clock.boot_now(), until);
            ++ran;
        }));
        switch (number(0, 3)) {
            case 0:
                clock.set_wall(clock.wall_now() + std::chrono::seconds(number(-4000, 4000)));
                break;
            case 1:
                clock.suspend(std::chrono::seconds(number(0, 300)));
                break;
            default:
                clock.advance(std::chrono::seconds(number(0, 300)));
                break;
        }
    }
    clock.advance(24h * 365);
    EXPECT_EQ(ran, 4000);
}

}  // namespace
}  // namespace quantum::test
