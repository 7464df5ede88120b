// Pages: a table that grows without moving what it holds.
#include "base/pages.hpp"

#include <cstddef>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quantum::base {
namespace {

TEST(Pages, GrowWithoutMovingWhatTheyHold) {
    Pages<int> pages;
    EXPECT_TRUE(pages.empty());
    pages.push_back(7);
    const int* const first = &pages[0];
    for (int i = 1; i < 10'000; ++i) pages.push_back(i);
    EXPECT_EQ(&pages[0], first);
    EXPECT_EQ(pages[0], 7);
    for (int i = 1; i < 10'000; ++i) ASSERT_EQ(pages[static_cast<std::size_t>(i)], i);
    pages.pop_back();
    EXPECT_EQ(pages.back(), 9'998);
    pages.grow_to(20'000);
    EXPECT_EQ(pages.size(), 20'000u);
    EXPECT_EQ(pages[19'999], 0);
}

}  // namespace
}  // namespace quantum::base
