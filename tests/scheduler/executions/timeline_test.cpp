// Timeline: due times in order, and a simple model beside it.
#include "scheduler/executions/timeline.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/minutes.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using namespace quantum::scheduler;

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
TEST(Timeline, GivesInstantsInOrderAndTheJobsOfOneInTheOrderTheyCame) {
    Timeline timeline;
    timeline.insert(minute(5), 7);
    timeline.insert(minute(3), 1);
    timeline.insert(minute(5), 2);
    timeline.insert(minute(4), 9);
    EXPECT_EQ(timeline.head(), minute(3));
    std::vector<std::uint32_t> jobs;
    while (timeline.head()) timeline.take_head(10, jobs);
    EXPECT_THAT(jobs, ElementsAre(1, 9, 7, 2));
    EXPECT_TRUE(timeline.empty());
}

TEST(Timeline, TakesAnInstantInSlices) {
    Timeline timeline;
    for (std::uint32_t job = 0; job < 10; ++job) timeline.insert(minute(1), job);
    std::vector<std::uint32_t> jobs;
    timeline.take_head(4, jobs);
    EXPECT_THAT(jobs, ElementsAre(0, 1, 2, 3));
    EXPECT_EQ(timeline.head(), minute(1));
    EXPECT_TRUE(timeline.remove(4));
    jobs.clear();
    timeline.take_head(100, jobs);
    EXPECT_THAT(jobs, ElementsAre(5, 6, 7, 8, 9));
    EXPECT_EQ(timeline.head(), std::nullopt);
}

TEST(Timeline, AgreesWithASimpleModel) {
    Timeline timeline;
    std::map<WallTime, std::vector<std::uint32_t>> model;
    std::map<std::uint32_t, WallTime> where;
    std::mt19937 draw(11);
    for (int i = 0; i < 200'000; ++i) {
        const auto job = static_cast<std::uint32_t>(draw() % 500);
        const auto known = where.find(job);
        if (draw() % 10 == 0 && !model.empty()) {
            std::vector<std::uint32_t> jobs;
            timeline.take_head(1 + draw() % 4, jobs);
            auto& head = model.begin()->second;
            ASSERT_THAT(jobs, Not(IsEmpty()));
            ASSERT_LE(jobs.size(), head.size());
            const auto taken = head.begin() + static_cast<std::ptrdiff_t>(jobs.size());
            ASSERT_EQ(jobs, std::vector(head.begin(), taken));
            head.erase(head.begin(), taken);
            for (const std::uint32_t gone : jobs) where.erase(gone);
            if (head.empty()) model.erase(model.begin());
        } else if (known != where.end()) {
            ASSERT_EQ(timeline.due_of(job), known->second);
            ASSERT_TRUE(timeline.remove(job));
            auto& jobs = model[known->second];
            std::erase(jobs, job);
            if (jobs.empty()) model.erase(known->second);
            where.erase(known);
        } else {
            ASSERT_FALSE(timeline.remove(job));
            const WallTime due = minute(static_cast<int>(draw() % 200));
            timeline.insert(due, job);
            model[due].push_back(job);
            where[job] = due;
        }
        ASSERT_EQ(timeline.size(), where.size());
        ASSERT_EQ(timeline.instants(), model.size());
        ASSERT_EQ(timeline.head(),
                  model.empty() ? std::optional<WallTime>{} : std::optional(model.begin()->first));
    }
}

}  // namespace
}  // namespace quantum::test
