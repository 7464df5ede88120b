#include "compare/against.hpp"

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quantum::compare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Fifteen pairs of one figure whose runs sway by a tenth, the new ones so many times the old.
std::vector<Pair> pairs_of(double times, Better better = Better::lower, std::size_t count = 15) {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> sway(0.95, 1.05);
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < count; ++i) {
        pairs.push_back({{{"figure", 100 * sway(random), "us", better}},
                         {{"figure", 100 * times * sway(random), "us", better}}});
    }
    return pairs;
}

Row only_row(const std::vector<Pair>& pairs, const AgainstOptions& options = {}) {
    const auto comparison = compare_pairs(pairs, options);
    EXPECT_TRUE(comparison && comparison->rows.size() == 1);
    return comparison->rows.front();
}

TEST(AgainstTest, TheIntervalDecidesAndTheBoundItselfIsWithin) {
    EXPECT_EQ(judge({1.2, 1.051, 1.3}, 5), Verdict::slower);
    EXPECT_EQ(judge({1.2, 1.05, 1.3}, 5), Verdict::within);
    EXPECT_EQ(judge({1.2, 1.051, 1.3}, 10), Verdict::within);
    EXPECT_EQ(judge({0.9, 0.8, 0.949}, 5), Verdict::faster);
    EXPECT_EQ(judge({0.9, 0.8, 0.96}, 5), Verdict::within);
}

TEST(AgainstTest, TheSameTwiceIsWithin) {
    EXPECT_EQ(only_row(pairs_of(1)).verdict, Verdict::within);
}

TEST(AgainstTest, AFifthMoreTimeIsSlowerAndAFifthLessFaster) {
    const Row slower = only_row(pairs_of(1.2));
    EXPECT_EQ(slower.verdict, Verdict::slower);
    EXPECT_NEAR(slower.ratio.median, 1.2, 0.03);
    EXPECT_EQ(only_row(pairs_of(0.8)).verdict, Verdict::faster);
}

TEST(AgainstTest, OfARateLessIsSlower) {
    const Row row = only_row(pairs_of(0.8, Better::higher));
    EXPECT_EQ(row.verdict, Verdict::slower);
    EXPECT_NEAR(row.ratio.median, 1.25, 0.03);
    EXPECT_EQ(only_row(pairs_of(1.2, Better::higher)).verdict, Verdict::faster);
}

TEST(AgainstTest, PairsAreHeldAgainstEachOtherNotMediansAgainstMedians) {
    // The machine halves its speed in the middle; each new run takes a fifth more than its partner.
    std::vector<Pair> pairs = pairs_of(1.2);
    for (std::size_t i = 8; i < pairs.size(); ++i) {
        pairs[i].old_run.front().value *= 2;
        pairs[i].new_run.front().value *= 2;
    }
    EXPECT_EQ(only_row(pairs).verdict, Verdict::slower);
    EXPECT_NEAR(only_row(pairs).ratio.median, 1.2, 0.03);
}

TEST(AgainstTest, AnIntervalOnBothSidesOfTheBoundIsMarkedAsOpen) {
    std::vector<Pair> pairs = pairs_of(1);
    for (std::size_t i = 0; i < pairs.size(); i += 2) pairs[i].new_run.front().value *= 1.5;
    const Row row = only_row(pairs);
    EXPECT_EQ(row.verdict, Verdict::within);
    EXPECT_TRUE(row.open);
    EXPECT_FALSE(only_row(pairs_of(1)).open);
}

TEST(AgainstTest, ACountOfNothingBesideNothingIsTheSameAndBesideSomethingWithoutBound) {
    std::vector<Pair> pairs = pairs_of(1);
    for (Pair& pair : pairs) pair.old_run.front().value = pair.new_run.front().value = 0;
    EXPECT_EQ(only_row(pairs).ratio.median, 1);
    for (Pair& pair : pairs) pair.new_run.front().value = 3;
    EXPECT_EQ(only_row(pairs).verdict, Verdict::slower);
}

std::vector<Pair> two_expressions(double first, double second) {
    std::vector<Pair> pairs;
    for (int i = 0; i < 15; ++i) {
        pairs.push_back({{{"next/fixed/UTC/a", 10, "ns", Better::lower},
                          {"next/fixed/UTC/b", 40, "ns", Better::lower}},
                         {{"next/fixed/UTC/a", 10 * first, "ns", Better::lower},
                          {"next/fixed/UTC/b", 40 * second, "ns", Better::lower}}});
    }
    return pairs;
}

TEST(AgainstTest, AGroupIsJudgedByItsGeometricMean) {
    const Row row = only_row(two_expressions(1.21, 1));
    EXPECT_EQ(row.name, "next/fixed/UTC");
    EXPECT_DOUBLE_EQ(row.old_value, 20);
    EXPECT_NEAR(row.ratio.median, 1.1, 1e-9);
    EXPECT_EQ(row.verdict, Verdict::slower);
}

TEST(AgainstTest, EachShowsWhatAGroupHides) {
    const auto grouped = compare_pairs(two_expressions(1.2, 0.8), {});
    ASSERT_TRUE(grouped);
    EXPECT_FALSE(grouped->any_slower());
    const auto apart = compare_pairs(two_expressions(1.2, 0.8), {.each = true});
    ASSERT_TRUE(apart);
    ASSERT_EQ(apart->rows.size(), 2U);
    EXPECT_EQ(apart->rows[0].verdict, Verdict::slower);
    EXPECT_EQ(apart->rows[1].verdict, Verdict::faster);
    EXPECT_TRUE(apart->any_slower());
}

TEST(AgainstTest, WhatOnlyOneCommitMeasuresIsNamedAndNotJudged) {
    std::vector<Pair> pairs = two_expressions(1, 1);
    for (Pair& pair : pairs) {
        pair.old_run.push_back({"gone", 1, "s", Better::lower});
        pair.new_run.push_back({"next/fixed/UTC/new one", 1000, "ns", Better::lower});
    }
    const auto comparison = compare_pairs(pairs, {});
    ASSERT_TRUE(comparison);
    ASSERT_EQ(comparison->rows.size(), 1U);
    EXPECT_DOUBLE_EQ(comparison->rows[0].ratio.median, 1);
    EXPECT_THAT(comparison->one_sided, ElementsAre("next/fixed/UTC/new one", "gone"));
}

TEST(AgainstTest, TooFewPairsAndNothingInCommonAreErrors) {
    EXPECT_FALSE(compare_pairs({}, {}));
    EXPECT_FALSE(compare_pairs(pairs_of(1, Better::lower, 5), {}));
    EXPECT_TRUE(compare_pairs(pairs_of(1, Better::lower, 6), {}));
    std::vector<Pair> pairs = pairs_of(1);
    for (Pair& pair : pairs) pair.new_run.front().name = "another";
    const auto comparison = compare_pairs(pairs, {});
    ASSERT_FALSE(comparison);
    EXPECT_EQ(comparison.error().message, "no figure is common to both commits");
}

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    std::size_t begin = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos;
         begin = end + 1, end = text.find('\n', begin)) {
        widest = std::max(widest, end - begin);
    }
    return widest;
}

TEST(AgainstTest, TheTableSaysAllOnAHundredColumns) {
    std::vector<Pair> pairs = pairs_of(1);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const std::string name(120, 'n');
        const double now = i % 2 == 0 ? 12345678 : 24567890;
        pairs[i].old_run.push_back({name, 12345678, "allocations", Better::lower});
        pairs[i].new_run.push_back({name, now, "allocations", Better::lower});
        pairs[i].old_run.push_back({std::string(120, 'o'), 1, "s", Better::lower});
    }
    const auto comparison = compare_pairs(pairs, {});
    ASSERT_TRUE(comparison);
    const std::string text = table_of("next, 15 pairs", *comparison, 15, {});
    EXPECT_LE(widest_line(text), 100U) << text;
    EXPECT_THAT(text, HasSubstr("95 % interval"));
    EXPECT_THAT(text, HasSubstr("within*"));
    EXPECT_THAT(text, HasSubstr("* the interval reaches above 1.050 as well: more than 15 pairs"));
    EXPECT_THAT(text, HasSubstr("only one commit has: ooo"));
    EXPECT_THAT(text, Not(HasSubstr("SLOWER")));
}

}  // namespace
}  // namespace quantum::compare
