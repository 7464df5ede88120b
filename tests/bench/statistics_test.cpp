#include "compare/statistics.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace quantum::compare {
namespace {

TEST(StatisticsTest, TheMedianIsTheMiddleOrTheMeanOfTheTwoThere) {
    EXPECT_EQ(median({7}), 7);
    EXPECT_EQ(median({9, 1, 4}), 4);
    EXPECT_EQ(median({4, 1, 9, 2}), 3);
}

TEST(StatisticsTest, TheMedianOfHugeValuesIsNotInfinite) {
    const double most = std::numeric_limits<double>::max();
    EXPECT_EQ(median({most, most}), most);
}

TEST(StatisticsTest, TheGeometricMeanOfTwiceAndHalfIsOne) {
    const std::vector<double> values{2, 0.5, 1};
    EXPECT_DOUBLE_EQ(geometric_mean(values), 1);
    const std::vector<double> powers{1, 10, 100};
    EXPECT_NEAR(geometric_mean(powers), 10, 1e-12);
}

// The ranks of the published tables for the sign test's interval of the median, two-sided 5 %.
TEST(StatisticsTest, RanksAreThoseOfTheTables) {
    EXPECT_EQ(sign_test_rank(5), 0U);
    EXPECT_EQ(sign_test_rank(6), 1U);
    EXPECT_EQ(sign_test_rank(8), 1U);
    EXPECT_EQ(sign_test_rank(9), 2U);
    EXPECT_EQ(sign_test_rank(12), 3U);
    EXPECT_EQ(sign_test_rank(15), 4U);
    EXPECT_EQ(sign_test_rank(20), 6U);
    EXPECT_EQ(sign_test_rank(25), 8U);
    EXPECT_EQ(sign_test_rank(50), 18U);
    EXPECT_EQ(sign_test_rank(100), 40U);
}

TEST(StatisticsTest, OfFifteenValuesTheIntervalGoesFromTheFourthToTheTwelfth) {
    std::vector<double> values;
    for (int i = 15; i >= 1; --i) values.push_back(i);
    const auto found = median_interval(values);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->median, 8);
    EXPECT_EQ(found->low, 4);
    EXPECT_EQ(found->high, 12);
}

TEST(StatisticsTest, FewerThanSixValuesHaveNoInterval) {
    const auto found = median_interval({1, 2, 3, 4, 5});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().message, "a 95 % interval needs at least 6 values, here are 5");
}

// The promise itself: of many samples of 15, at least 95 % of the intervals hold the true median,
// which of this skewed distribution is ln 2.
TEST(StatisticsTest, TheIntervalHoldsTheTrueMedianAsOftenAsItSays) {
    std::mt19937_64 random(14);
    std::exponential_distribution<double> skewed(1);
    constexpr int samples = 4000;
    int held = 0;
    for (int sample = 0; sample < samples; ++sample) {
        std::vector<double> values(15);
        for (double& value : values) value = skewed(random);
        const auto found = median_interval(std::move(values));
        ASSERT_TRUE(found);
        if (found->low <= std::log(2.0) && std::log(2.0) <= found->high) ++held;
    }
    // By the binomial distribution 96.5 %; four standard deviations are 1.2 %.
    EXPECT_GT(held, samples * 0.953);
    EXPECT_LT(held, samples * 0.977);
}

}  // namespace
}  // namespace quantum::compare
