#include "run/process/burst_detector.hpp"

#include <gtest/gtest.h>

namespace quantum::run {
namespace {

using namespace std::chrono_literals;

struct EventRushTest : testing::Test {
    BootTime now{};
    BurstDetector rush;

    void see(std::size_t events, Duration later) {
        now += later;
        rush.saw(events, now);
    }
};

TEST_F(EventRushTest, IsNotOnForOneCommandThatSaysALine) {
    for (int i = 0; i < 4; ++i) see(1, 50us);
    EXPECT_FALSE(rush.is_on());
}

TEST_F(EventRushTest, IsNotOnWhileEventsAreNoFasterThanTheyAreForgotten) {
    for (int i = 0; i < 10'000; ++i) {
        see(1, 1ms);
        ASSERT_FALSE(rush.is_on()) << i;
    }
}

TEST_F(EventRushTest, IsOnWhileManyShortCommandsEnd) {
    for (int i = 0; i < 100; ++i) see(3, 400us);
    EXPECT_TRUE(rush.is_on());
}

TEST_F(EventRushTest, EndsSoonAfterHoweverLongItWas) {
    for (int i = 0; i < 100'000; ++i) see(32, 100us);
    ASSERT_TRUE(rush.is_on());
    see(1, 20ms);
    EXPECT_FALSE(rush.is_on());
}

TEST_F(EventRushTest, ForgetsALittleEvenIfAskedAllTheTime) {
    for (int i = 0; i < 100; ++i) see(3, 400us);
    for (int i = 0; i < 200; ++i) see(0, 100us);
    EXPECT_FALSE(rush.is_on());
}

}  // namespace
}  // namespace quantum::run
