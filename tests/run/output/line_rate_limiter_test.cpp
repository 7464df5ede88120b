#include "run/output/line_rate_limiter.hpp"

#include <gtest/gtest.h>

namespace quantum::run {
namespace {

using namespace std::chrono_literals;

struct LineGateTest : testing::Test {
    BootTime now{};
    LineRateLimiter gate{{.bytes_a_second = 1000, .burst = 4000}, now};

    std::size_t admitted() {
        std::size_t count = 0;
        while (gate.admit(200)) ++count;
        return count;
    }
};

TEST_F(LineGateTest, LetsABurstThroughAndThenNothing) {
    EXPECT_TRUE(gate.is_full());
    EXPECT_EQ(admitted(), 20U);
    EXPECT_FALSE(gate.admit(1));
    EXPECT_TRUE(gate.is_shut());
    EXPECT_FALSE(gate.is_full());
}

TEST_F(LineGateTest, OpensAgainWhenAQuarterOfTheBurstIsSaved) {
    (void)admitted();
    gate.pass_time(now + 900ms);
    EXPECT_FALSE(gate.admit(128));
    gate.pass_time(now + 1s);
    EXPECT_EQ(admitted(), 5U);
}

TEST_F(LineGateTest, NeverSavesMoreThanABurst) {
    gate.pass_time(now + 24h);
    EXPECT_EQ(admitted(), 20U);
}

TEST_F(LineGateTest, ManyShortTimesAddUp) {
    (void)admitted();
    for (int i = 1; i <= 20'000; ++i) gate.pass_time(now + i * 100us);
    EXPECT_EQ(admitted(), 10U);
}

}  // namespace
}  // namespace quantum::run
