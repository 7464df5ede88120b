#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Pipeline, FiresAJobAtEachOfItsDueTimes) {
    World world;
    ASSERT_TRUE(world.scheduler->start());
    world.add(World::job("report", "*/15 * * * *"));

    world.clock.advance(1h);

    EXPECT_THAT(world.dues("report"), ElementsAre("2024-03-01 12:00:00", "2024-03-01 12:15:00",
                                                  "2024-03-01 12:30:00", "2024-03-01 12:45:00"));
    EXPECT_THAT(world.ledger("report"),
                ElementsAre("2024-03-01 12:00:00 succeeded", "2024-03-01 12:15:00 succeeded",
                            "2024-03-01 12:30:00 succeeded", "2024-03-01 12:45:00 succeeded"));
    EXPECT_EQ(world.storage.watermark(), at("2024-03-01 12:45:00"));
}

TEST(Pipeline, StartsARunAtItsDueTimeAndNotAtATick) {
    World world;
    ASSERT_TRUE(world.scheduler->start());
    world.clock.advance(123456us);
    world.add(World::job("report", "* * * * *"));

    world.clock.advance(1min);

    ASSERT_EQ(world.runner.runs().size(), 1u);
    EXPECT_EQ(world.runner.runs()[0].execution.lateness(), 0us);
}

}  // namespace
}  // namespace quantum::test
