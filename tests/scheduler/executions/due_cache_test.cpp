// DueCache answers as the schedule does.
#include "scheduler/executions/due_cache.hpp"

#include <chrono>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quantum/schedule.hpp"

#include "scheduler/minutes.hpp"

namespace quantum::test {
namespace {

using namespace std::chrono_literals;
using namespace quantum::scheduler;

TEST(DueCache, AnswersAsTheScheduleDoes) {
    DueCache cache;
    const auto parsed = [](const char* text, const char* zone) {
        return *parse_schedule(text, {.zone = zone});
    };
    const Schedule every = parsed("@every 10m", "UTC");
    const std::vector<Schedule> schedules{
        parsed("*/5 * * * *", "UTC"),         parsed("*/5 * * * *", "Europe/Zurich"),
        parsed("0 3 * * *", "Europe/Zurich"), every,
        every.anchored_at(minute(3)),         parsed("@reboot", "UTC")};
    for (int round = 0; round < 2; ++round) {
        for (int after = 0; after < 30; ++after) {
            for (const Schedule& schedule : schedules) {
                EXPECT_EQ(cache.next(schedule, minute(after)), schedule.next(minute(after)))
                    << schedule.text() << " after minute " << after;
            }
        }
    }
}

}  // namespace
}  // namespace quantum::test
