#include "base/timer_queue.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace quantum::base {
namespace {

constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();

TEST(TimerQueue, GivesTimersInOrderOfTimeThenOfAdding) {
    TimerQueue<int> queue;
    std::vector<char> order;
    for (const auto& [due, name] : std::vector<std::pair<int, char>>{
             {5, 'c'}, {1, 'a'}, {5, 'd'}, {3, 'b'}, {9, 'f'}, {5, 'e'}}) {
        (void)queue.add(due, [&order, name = name] { order.push_back(name); });
    }
    while (auto callback = queue.pop_due(8, any)) (*callback)();
    EXPECT_EQ(std::string(order.begin(), order.end()), "abcde");
    EXPECT_EQ(queue.head(), 9);
}

TEST(TimerQueue, LeavesTimersAddedAfterTheMark) {
    TimerQueue<int> queue;
    (void)queue.add(2, [] {});
    const auto mark = queue.mark();
    (void)queue.add(1, [] {});
    EXPECT_FALSE(queue.pop_due(9, mark));
    EXPECT_TRUE(queue.pop_due(9, any));
    EXPECT_TRUE(queue.pop_due(9, mark));
}

TEST(TimerQueue, AnOldHandleNeverNamesANewTimer) {
    TimerQueue<int> queue;
    const auto first = queue.add(1, [] {});
    EXPECT_TRUE(queue.cancel(first));
    const auto second = queue.add(1, [] {});
    EXPECT_NE(first, second);
    EXPECT_FALSE(queue.cancel(first));
    EXPECT_TRUE(queue.cancel(second));
    EXPECT_FALSE(queue.cancel(second));
    EXPECT_FALSE(queue.cancel(12345));
}

TEST(TimerQueue, AgreesWithASortedMapUnderRandomUse) {
    std::mt19937 random(7);
    TimerQueue<int> queue;
    std::map<std::pair<int, std::uint64_t>, TimerQueue<int>::Handle> model;
    std::uint64_t popped = 0;
    for (std::uint64_t step = 0; step < 20'000; ++step) {
        const auto choice = random() % 5;
        if (choice < 3) {
            const int due = static_cast<int>(random() % 500);
            const auto handle = queue.add(due, [&popped, step] { popped = step; });
            model.emplace(std::pair{due, step}, handle);
        } else if (choice == 3 && !model.empty()) {
            const auto victim =
                std::next(model.begin(), static_cast<long>(random() % model.size()));
            EXPECT_TRUE(queue.cancel(victim->second));
            model.erase(victim);
        } else if (!model.empty()) {
            const auto first = model.begin()->first;
            EXPECT_EQ(queue.head(), first.first);
            auto callback = queue.pop_due(1000, any);
            ASSERT_TRUE(callback);
            (*callback)();
            EXPECT_EQ(popped, first.second);
            model.erase(model.begin());
        }
        ASSERT_EQ(queue.size(), model.size());
    }
}

}  // namespace
}  // namespace quantum::base
